using System.Text.Json.Serialization;

namespace Weir.Archive;

/// <summary>How the payloads of an exchange are written.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PayloadFormat>))]
public enum PayloadFormat
{
    /// <summary>To be found out from the first messages.</summary>
    Auto,

    /// <summary>A JSON object.</summary>
    Json,

    /// <summary>A CBOR map (RFC 8949).</summary>
    Cbor,

    /// <summary>A number as text, and nothing else.</summary>
    Number,

    /// <summary>Bits at fixed places.</summary>
    Binary,

    /// <summary>A CAN frame, whose signals a DBC file describes.</summary>
    Can,

    /// <summary>Sparkplug B (a protobuf payload with named metrics).</summary>
    SparkplugB,
}

/// <summary>What a column holds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FieldType>))]
public enum FieldType
{
    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>A number with a fixed count of decimals, 18 digits in all: exact, and far smaller on disk than a double.</summary>
    Decimal,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Bytes,
}

/// <summary>How a message carries its CAN frame.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CanFraming>))]
public enum CanFraming
{
    /// <summary>The payload is Linux' <c>struct can_frame</c> (16 bytes) or <c>struct canfd_frame</c> (72), little-endian.</summary>
    SocketCan,

    /// <summary>The topic's last level is the frame's identifier (<c>0x18FEEE00</c>, or decimal), the payload its data.</summary>
    Topic,
}

/// <summary>One typed column, and where in a payload its value lies.</summary>
/// <param name="Name">The column: a letter or <c>_</c>, then letters, digits and <c>_</c>; at most 100.</param>
/// <param name="Type">What it holds.</param>
public sealed record PayloadField(string Name, FieldType Type)
{
    /// <summary>
    /// JSON and CBOR: the way to the value, such as <c>motor.temperature</c>, <c>axes[2]</c> or <c>["a.b"]</c>; the name
    /// where it is null. Sparkplug B: the metric's name. CAN with a DBC file: <c>Message.Signal</c>.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>Decimals of a <see cref="FieldType.Decimal"/>, 0 to 15.</summary>
    public int Scale { get; init; }

    /// <summary>Whether the publisher always writes all decimals (<c>20.50</c>, not <c>20.5</c>). Only for making a payload again.</summary>
    public bool AllDecimals { get; init; }

    /// <summary>Binary and CAN: the bits of the value.</summary>
    public BitLayout? Bits { get; init; }
}

/// <summary>How the bits of a value are to be read.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BitKind>))]
public enum BitKind
{
    /// <summary>A whole number, never negative.</summary>
    Unsigned,

    /// <summary>A whole number in two's complement.</summary>
    Signed,

    /// <summary>IEEE 754, of 32 or 64 bits.</summary>
    Float,
}

/// <summary>Where the bits of a value lie and what they mean: value = raw × <see cref="Factor"/> + <see cref="Addend"/>.</summary>
/// <param name="Start">
/// The first bit, as a DBC file counts: bit 0 is the lowest of byte 0, bit 8 the lowest of byte 1. Of a little-endian value
/// it is the lowest bit, of a big-endian one the highest: one that begins with byte n starts at 8n + 7.
/// </param>
/// <param name="Length">How many bits, 1 to 64.</param>
public sealed record BitLayout(int Start, int Length)
{
    /// <summary>Whether the value is big-endian (Motorola).</summary>
    public bool BigEndian { get; init; }

    /// <summary>How the bits are to be read.</summary>
    public BitKind Kind { get; init; }

    /// <summary>What the raw number is multiplied by.</summary>
    public decimal Factor { get; init; } = 1;

    /// <summary>What is added then.</summary>
    public decimal Addend { get; init; }

    /// <summary>CAN: the frame's identifier as a DBC file writes it: bit 31 set for an extended one. Null for any frame.</summary>
    public uint? Frame { get; init; }

    /// <summary>The field that says whether this one is there; null where it always is.</summary>
    public string? Multiplexer { get; init; }

    /// <summary>The raw values of the multiplexer with which it is there.</summary>
    public IReadOnlyList<MultiplexRange> MultiplexValues { get; init; } = [];
}

/// <summary>Raw values of a multiplexer, both ends included.</summary>
public sealed record MultiplexRange(long First, long Last);

/// <summary>The typed columns of an exchange's payloads.</summary>
public sealed record PayloadSchema
{
    /// <summary>How payloads are written.</summary>
    public PayloadFormat Format { get; init; }

    /// <summary>The columns. Empty where they are to be found out from the first messages, or from a DBC file.</summary>
    public IReadOnlyList<PayloadField> Fields { get; init; } = [];

    /// <summary>
    /// Whether fields that come later get columns of their own. It is so, too, where there are no fields to begin with and
    /// no DBC file.
    /// </summary>
    public bool Grow { get; init; }

    /// <summary>
    /// Whether the payload is kept beside the columns in any case. Otherwise it is left out where the columns make it again
    /// byte for byte, and only there.
    /// </summary>
    public bool KeepPayload { get; init; }

    /// <summary>JSON: whether the publisher writes a space after <c>:</c> and <c>,</c>. Only for making a payload again.</summary>
    public bool Spaced { get; init; }

    /// <summary>CAN: the text of the DBC file.</summary>
    public string? Dbc { get; init; }

    /// <summary>CAN: how messages carry their frames.</summary>
    public CanFraming Framing { get; init; }

    internal bool Grows => Grow || (Fields.Count == 0 && Dbc is null);

    /// <summary>Whether there is nothing to be found out any more.</summary>
    internal bool IsResolved => Format != PayloadFormat.Auto && Fields.Count > 0 && Dbc is null;
}
