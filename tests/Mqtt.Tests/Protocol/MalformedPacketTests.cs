namespace Weir.Mqtt.Tests.Protocol;

public sealed class MalformedPacketTests
{
    public static TheoryData<int, string, string> Frames => new()
    {
        // Fixed headers
        { 4, "11 0D 0004 4D515454 04 02 003C 0001 61", "CONNECT with a reserved flag" },
        { 4, "80 08 000A 0003 612F62 01", "SUBSCRIBE without flag 2" },
        { 4, "A0 07 000A 0003 612F62", "UNSUBSCRIBE without flag 2" },
        { 4, "60 02 0007", "PUBREL without flag 2" },
        { 4, "41 02 0007", "PUBACK with a flag" },
        { 4, "E1 00", "DISCONNECT with a flag" },
        { 4, "36 07 0003 612F62 0007", "PUBLISH of QoS 3" },
        { 4, "38 07 0003 612F62 6869", "PUBLISH of QoS 0 with DUP" },
        // Lengths
        { 4, "40 01 00", "PUBACK of one byte" },
        { 4, "40 03 0007 00", "PUBACK of 3.1.1 with a reason" },
        { 4, "30 01 00", "PUBLISH that ends in its topic length" },
        { 4, "30 04 0003 6162", "PUBLISH whose topic is longer than the packet" },
        { 4, "32 05 0003 612F62", "PUBLISH of QoS 1 without identifier" },
        { 5, "30 06 0003 612F62 05", "PUBLISH whose properties are longer than the packet" },
        { 4, "10 0E 0004 4D515454 04 02 003C 0001 61 00", "CONNECT with a byte too many" },
        { 4, "E0 01 00", "DISCONNECT of 3.1.1 with a body" },
        { 4, "82 02 000A", "SUBSCRIBE without a filter" },
        { 4, "A2 02 000A", "UNSUBSCRIBE without a filter" },
        { 4, "82 07 000A 0003 612F62", "SUBSCRIBE without options" },
        // Values
        { 4, "32 07 0003 612F62 0000", "PUBLISH with the identifier 0" },
        { 4, "40 02 0000", "PUBACK with the identifier 0" },
        { 4, "82 08 0000 0003 612F62 01", "SUBSCRIBE with the identifier 0" },
        { 4, "82 08 000A 0003 612F62 03", "SUBSCRIBE with QoS 3" },
        { 4, "82 08 000A 0003 612F62 05", "SUBSCRIBE of 3.1.1 with options of 5" },
        { 5, "82 09 000A 00 0003 612F62 41", "SUBSCRIBE with a reserved option" },
        { 5, "82 09 000A 00 0003 612F62 31", "SUBSCRIBE with retain handling 3" },
        { 5, "82 13 000A 00 000D 2473686172652F672F61 2F62 63 04", "a shared SUBSCRIBE with no-local" },
        { 4, "82 08 000A 0003 612F23 80", "SUBSCRIBE with a reserved bit" },
        { 4, "82 08 000A 0003 232F61 01", "SUBSCRIBE to #/a" },
        { 4, "82 08 000A 0003 61622B 01", "SUBSCRIBE to ab+" },
        { 4, "82 05 000A 0000 01", "SUBSCRIBE to nothing" },
        { 4, "10 0D 0004 4D515455 04 02 003C 0001 61", "CONNECT of another protocol" },
        { 4, "10 0D 0004 4D515454 03 02 003C 0001 61", "CONNECT of version 3" },
        { 4, "10 0D 0004 4D515454 06 02 003C 0001 61", "CONNECT of version 6" },
        { 4, "10 0D 0004 4D515454 04 03 003C 0001 61", "CONNECT with the reserved flag" },
        { 4, "10 0D 0004 4D515454 04 0A 003C 0001 61", "CONNECT with a will QoS and no will" },
        { 4, "10 0D 0004 4D515454 04 22 003C 0001 61", "CONNECT with will retain and no will" },
        { 4, "10 14 0004 4D515454 04 1E 003C 0001 61 0001 74 0002 6279", "CONNECT with will QoS 3" },
        { 4, "10 10 0004 4D515454 04 42 003C 0001 61 0001 70", "CONNECT of 3.1.1 with a password and no user" },
        { 4, "10 13 0004 4D515454 04 06 003C 0001 61 0001 2B 0001 78", "CONNECT with a wildcard in the will's topic" },
        { 4, "10 0D 0004 4D515454 04 02 003C 0001 FF", "CONNECT whose client identifier is not UTF-8" },
        { 4, "10 0D 0004 4D515454 04 02 003C 0001 00", "CONNECT with U+0000 in its client identifier" },
        { 4, "10 0F 0004 4D515454 04 02 003C 0003 EDA080", "CONNECT with a surrogate in its client identifier" },
        // Properties
        { 5, "30 0A 0003 612F62 04 7F 000000", "PUBLISH with an unknown property" },
        { 5, "30 0B 0003 612F62 05 11 0000000A", "PUBLISH with a session expiry" },
        { 5, "30 0A 0003 612F62 04 01 00 01 00", "PUBLISH with a property twice" },
        { 5, "30 08 0003 612F62 02 01 02", "PUBLISH with a payload format of 2" },
        { 5, "30 08 0003 612F62 02 0B 00", "PUBLISH with a subscription identifier of 0" },
        { 5, "30 0A 0003 612F62 04 08 0001 23", "PUBLISH with a wildcard in its response topic" },
        { 5, "30 0A 0003 612F62 04 03 0001 FF", "PUBLISH with a content type that is not UTF-8" },
        { 5, "10 10 0004 4D515454 05 02 003C 02 21 00 0001 61", "CONNECT with half a receive maximum" },
        { 5, "10 11 0004 4D515454 05 02 003C 03 21 0000 0001 61", "CONNECT with a receive maximum of 0" },
        { 5, "10 13 0004 4D515454 05 02 003C 05 27 00000000 0001 61", "CONNECT with a maximum packet size of 0" },
        { 5, "10 10 0004 4D515454 05 02 003C 02 17 02 0001 61", "CONNECT with request problem information 2" },
        { 5, "82 0D 000A 04 0B 07 0B 08 0003 612F62 01", "SUBSCRIBE with two identifiers" },
        { 5, "10 0F 0004 4D515454 05 02 003C 8000 0001 61", "a property length with a byte too many" },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_malformed_packet_is_told_from_a_good_one(int version, string hex, string what)
    {
        var fault = Assert.Throws<MqttException>(() => Wire.ReadAndWrite(Wire.Cut(Wire.Hex(hex)), (MqttVersion)version));
        Assert.True(fault.Reason >= ReasonCode.UnspecifiedError, what);
        Assert.EndsWith(".", fault.Message, StringComparison.Ordinal);
    }
}
