using System.Buffers;
using System.Buffers.Binary;

namespace Weir.Archive.Tests.Schemas;

/// <summary>CAN frames through a DBC file.</summary>
public sealed class CanTests
{
    private const string Dbc = """
        VERSION "1"
        NS_ :
            CM_
        BS_:
        BU_: ECU Gateway
        BO_ 2364540158 EEC1: 8 ECU
         SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Gateway
         SG_ Torque : 16|8@1+ (1,-125) [-125|125] "%" Gateway
        BO_ 291 Steering: 8 ECU
         SG_ Angle : 7|16@0- (0.1,0) [-3276|3276] "deg" Gateway
         SG_ Flag : 16|1@1+ (1,0) [0|1] "" Gateway
        BO_ 512 Multiplexed: 8 ECU
         SG_ Page M : 0|8@1+ (1,0) [0|255] "" Gateway
         SG_ Voltage m0 : 8|16@1+ (0.001,0) [0|65] "V" Gateway
         SG_ Current m1 : 8|16@1- (0.01,0) [-327|327] "A" Gateway
         SG_ Sub m2M : 8|8@1+ (1,0) [0|255] "" Gateway
         SG_ Deep m3 : 16|32@1- (1,0) [0|0] "" Gateway
        BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
         SG_ Lost : 0|8@1+ (1,0) [0|0] "" Vector__XXX
        SIG_VALTYPE_ 512 Deep : 1;
        SG_MUL_VAL_ 512 Deep Sub 3-4, 7-7;
        VAL_ 291 Flag 1 "on" 0 "off" ;
        """;

    private static readonly PayloadSchema Schema = new() { Format = PayloadFormat.Can, Dbc = Dbc };

    [Fact]
    public void Signals_are_columns_with_exact_types()
    {
        var fields = ResolvedSchema.Of(Schema).Fields.ToDictionary(field => field.Name);
        Assert.Equal(
            ["can_id", "can_length", "EEC1_EngineSpeed", "EEC1_Torque", "Steering_Angle", "Steering_Flag", "Multiplexed_Page",
                "Multiplexed_Voltage", "Multiplexed_Current", "Multiplexed_Sub", "Multiplexed_Deep"],
            fields.Keys);
        Assert.Equal((FieldType.Decimal, 3), (fields["EEC1_EngineSpeed"].Type, fields["EEC1_EngineSpeed"].Scale));
        Assert.Equal(FieldType.Integer, fields["EEC1_Torque"].Type);
        Assert.Equal(FieldType.Double, fields["Multiplexed_Deep"].Type);
        Assert.Equal("Multiplexed_Sub", fields["Multiplexed_Deep"].Bits!.Multiplexer);
        Assert.Equal("Multiplexed_Page", fields["Multiplexed_Voltage"].Bits!.Multiplexer);
    }

    [Fact]
    public void Little_and_big_endian_signals_with_factor_and_offset()
    {
        // J1939's EEC1, extended: 1,000 rpm = 8000 = 0x1F40 in bytes 4 and 5; 0 % = 125.
        var values = Values(2364540158, [0xFF, 0xFF, 125, 0x40, 0x1F, 0xFF, 0xFF, 0xFF], out _);
        Assert.Equal(1_000m, values["EEC1_EngineSpeed"]);
        Assert.Equal(0L, values["EEC1_Torque"]);
        // Motorola: -12.3° = -123 = 0xFF85, high byte first.
        values = Values(291, [0xFF, 0x85, 0x01, 0, 0, 0, 0, 0], out _);
        Assert.Equal(-12.3m, values["Steering_Angle"]);
        Assert.Equal(1L, values["Steering_Flag"]);
        Assert.DoesNotContain("EEC1_EngineSpeed", values.Keys);
    }

    [Fact]
    public void A_multiplexer_says_which_signals_are_there()
    {
        var values = Values(512, [0, 0x10, 0x27, 0, 0, 0, 0, 0], out _);
        Assert.Equal(10m, values["Multiplexed_Voltage"]);
        Assert.DoesNotContain("Multiplexed_Current", values.Keys);
        values = Values(512, [1, 0x9C, 0xFF, 0, 0, 0, 0, 0], out _);
        Assert.Equal(-1m, values["Multiplexed_Current"]);
        Assert.DoesNotContain("Multiplexed_Voltage", values.Keys);

        byte[] deep = [2, 4, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteSingleLittleEndian(deep.AsSpan(2), 2.5f);
        Assert.Equal(2.5, Values(512, deep, out _)["Multiplexed_Deep"]);
        deep[1] = 5;
        Assert.DoesNotContain("Multiplexed_Deep", Values(512, deep, out _).Keys);
    }

    [Theory]
    [InlineData(291u, "FF8501", true)]
    [InlineData(291u, "FF850100", true)]
    [InlineData(291u, "FF850180", false)] // a bit that no signal covers
    [InlineData(512u, "0010270000000000", true)]
    [InlineData(512u, "0204000020400000", true)]
    [InlineData(2364540158u, "00007D401F000000", true)]
    public void A_frame_is_made_again_where_its_signals_cover_it(uint id, string hex, bool isMadeAgain)
    {
        var data = Convert.FromHexString(hex);
        var resolved = ResolvedSchema.Of(Schema);
        var row = new PayloadRow(resolved.Fields.Count) { WantsProblem = true };
        Assert.True(resolved.Codec.Decode("can"u8, Frame(id, data), row), row.Problem);
        var again = new ArrayBufferWriter<byte>();
        Assert.True(resolved.Codec.Encode(row, again));
        Assert.Equal(isMadeAgain, again.WrittenSpan.SequenceEqual(Frame(id, data)));
    }

    [Fact]
    public void The_identifier_may_stand_in_the_topic()
    {
        var resolved = ResolvedSchema.Of(Schema with { Framing = CanFraming.Topic });
        var row = new PayloadRow(resolved.Fields.Count) { WantsProblem = true };
        Assert.True(resolved.Codec.Decode("car/can0/0x123"u8, [0xFF, 0x85, 0x01], row), row.Problem);
        Assert.Equal(291, row.Integer(0));
        row.Clear();
        Assert.False(resolved.Codec.Decode("car/can0/speed"u8, [1], row));
        Assert.Equal("the topic's last level is no frame identifier", row.Problem);
    }

    [Fact]
    public void A_frame_that_is_not_in_the_file_or_none_at_all_says_so()
    {
        Values(0x7FF, [1], out var problem);
        Assert.Equal("frames of the identifier 0x7FF are not in the DBC file", problem);
        Values(291, [1], out problem);
        Assert.Equal("'Steering_Angle' reaches over byte 1, but the data has 1 bytes", problem);
        var resolved = ResolvedSchema.Of(Schema);
        var row = new PayloadRow(resolved.Fields.Count) { WantsProblem = true };
        Assert.False(resolved.Codec.Decode("can"u8, [1, 2, 3], row));
        Assert.Equal("a frame of SocketCAN has 16 or 72 bytes, but the payload has 3", row.Problem);
    }

    [Fact]
    public void Signals_may_be_chosen_and_named_and_bring_their_multiplexers()
    {
        var fields = ResolvedSchema.Of(Schema with { Fields = [new("volts", FieldType.Decimal) { Path = "Multiplexed.Voltage" }] }).Fields;
        Assert.Equal(["can_id", "can_length", "volts", "Multiplexed_Page"], fields.Select(field => field.Name));
        Assert.Equal("Multiplexed_Page", fields[2].Bits!.Multiplexer);
    }

    [Theory]
    [InlineData("", "there is no message (BO_) with a signal (SG_) in it")]
    [InlineData("SG_ A : 0|8@1+ (1,0) [0|0] \"\" X", "line 1: a signal (SG_) stands before the first message (BO_)")]
    [InlineData("BO_ 1 A: 8 X\n SG_ S : 60|8@1+ (1,0) [0|0] \"\" X", "line 2: the signal 'S' reaches over byte 8, but the message 'A' has 8 bytes")]
    [InlineData("BO_ 1 A: 8 X\n SG_ S : 0|8@1+ (0,0) [0|0] \"\" X", "line 2: the factor of the signal 'S' is zero")]
    [InlineData("BO_ 1 A: 8 X\n SG_ S : 0|8@2+ (1,0) [0|0] \"\" X", "line 2: a signal is written 'SG_ NAME : START|LENGTH@ORDER SIGN (FACTOR,OFFSET) [MIN|MAX] \"UNIT\" RECEIVERS'")]
    [InlineData("BO_ 1 A: 8 X\n SG_ S m1 : 0|8@1+ (1,0) [0|0] \"\" X", "the signal 'A.S' is multiplexed, but the message has no multiplexer (M)")]
    [InlineData("BO_ x A: 8 X", "line 1: a message is written 'BO_ ID NAME: LENGTH SENDER'")]
    public void A_wrong_file_is_refused_with_its_line(string dbc, string problem) =>
        Assert.Equal([$"schema.dbc: {problem}"], (Schema with { Dbc = dbc }).Problems());

    private static Dictionary<string, object> Values(uint id, byte[] data, out string? problem)
    {
        var resolved = ResolvedSchema.Of(Schema);
        var payload = Frame(id, data);
        var row = new PayloadRow(resolved.Fields.Count) { WantsProblem = true };
        resolved.Codec.Decode("can"u8, payload, row);
        problem = row.Problem;
        var values = new PayloadValues(resolved).Of(new ArchivedMessage(default, "can", payload, 0, false, 0, default));
        return resolved.Fields.Zip(values).Where(pair => pair.Second is not null).ToDictionary(pair => pair.First.Name, pair => pair.Second!);
    }

    private static byte[] Frame(uint id, byte[] data)
    {
        var frame = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, id);
        frame[4] = (byte)data.Length;
        data.CopyTo(frame, 8);
        return frame;
    }
}
