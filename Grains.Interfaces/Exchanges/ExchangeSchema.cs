namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>How the payloads of an exchange are written.</summary>
[GenerateSerializer, Alias("weir.SchemaFormat")]
public enum SchemaFormat
{
    /// <summary>To be found out from the first messages.</summary>
    Auto,

    /// <summary>A JSON object.</summary>
    Json,

    /// <summary>A CBOR map.</summary>
    Cbor,

    /// <summary>A number as text.</summary>
    Number,

    /// <summary>Bits at fixed places.</summary>
    Binary,

    /// <summary>A CAN frame, whose signals a DBC file describes.</summary>
    Can,

    /// <summary>Sparkplug B.</summary>
    SparkplugB,
}

/// <summary>What a typed column holds.</summary>
[GenerateSerializer, Alias("weir.SchemaType")]
public enum SchemaType
{
    /// <summary>A whole number of 64 bits; a value is a <see cref="long"/>.</summary>
    Integer,

    /// <summary>A number with a fixed count of decimals, 18 digits in all; a value is a <see cref="decimal"/>.</summary>
    Decimal,

    /// <summary>A floating-point number; a value is a <see cref="double"/>.</summary>
    Double,

    /// <summary>True or false; a value is a <see cref="bool"/>.</summary>
    Boolean,

    /// <summary>Text; a value is a <see cref="string"/>.</summary>
    Text,

    /// <summary>Bytes; a value is a byte array.</summary>
    Bytes,
}

/// <summary>How a message carries its CAN frame.</summary>
[GenerateSerializer, Alias("weir.SchemaFraming")]
public enum SchemaFraming
{
    /// <summary>The payload is Linux' <c>struct can_frame</c> or <c>struct canfd_frame</c>, little-endian.</summary>
    SocketCan,

    /// <summary>The topic's last level is the frame's identifier, the payload its data.</summary>
    Topic,
}

/// <summary>How bits are to be read.</summary>
[GenerateSerializer, Alias("weir.SchemaBitKind")]
public enum SchemaBitKind
{
    /// <summary>A whole number, never negative.</summary>
    Unsigned,

    /// <summary>A whole number in two's complement.</summary>
    Signed,

    /// <summary>IEEE 754 of 32 or 64 bits.</summary>
    Float,
}

/// <summary>Where the bits of a value lie: value = raw × factor + addend.</summary>
[GenerateSerializer, Immutable, Alias("weir.SchemaBits")]
public sealed record SchemaBits
{
    /// <summary>
    /// The first bit, as a DBC file counts: bit 8 is the lowest of byte 1. Of a big-endian value it is the highest: one that
    /// begins with byte n starts at 8n + 7.
    /// </summary>
    [Id(0)] public required int Start { get; init; }

    /// <summary>How many bits, 1 to 64.</summary>
    [Id(1)] public required int Length { get; init; }

    /// <summary>Whether the value is big-endian.</summary>
    [Id(2)] public bool BigEndian { get; init; }

    /// <summary>How the bits are to be read.</summary>
    [Id(3)] public SchemaBitKind Kind { get; init; }

    /// <summary>What the raw number is multiplied by.</summary>
    [Id(4)] public decimal Factor { get; init; } = 1;

    /// <summary>What is added then.</summary>
    [Id(5)] public decimal Addend { get; init; }

    /// <summary>CAN: the frame's identifier, with bit 31 set for an extended one; null for any frame.</summary>
    [Id(6)] public uint? Frame { get; init; }

    /// <summary>The field that says whether this one is there; null where it always is.</summary>
    [Id(7)] public string? Multiplexer { get; init; }

    /// <summary>The raw values of the multiplexer with which it is there: pairs of the first and the last.</summary>
    [Id(8)] public IReadOnlyList<SchemaRange> MultiplexValues { get; init; } = [];
}

/// <summary>Raw values of a multiplexer, both ends included.</summary>
[GenerateSerializer, Immutable, Alias("weir.SchemaRange")]
public sealed record SchemaRange([property: Id(0)] long First, [property: Id(1)] long Last);

/// <summary>One typed column, and where in a payload its value lies.</summary>
[GenerateSerializer, Immutable, Alias("weir.SchemaField")]
public sealed record SchemaField
{
    /// <summary>The column: a letter or <c>_</c>, then letters, digits and <c>_</c>, at most 100.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>What it holds.</summary>
    [Id(1)] public SchemaType Type { get; init; }

    /// <summary>
    /// JSON and CBOR: the way to the value, such as <c>motor.speed</c> or <c>axes[2]</c>. Sparkplug B: the metric. CAN with
    /// a DBC file: <c>Message.Signal</c>. Null where it is the name.
    /// </summary>
    [Id(2)] public string? Path { get; init; }

    /// <summary>Decimals, 0 to 15.</summary>
    [Id(3)] public int Scale { get; init; }

    /// <summary>Whether the publisher always writes all decimals.</summary>
    [Id(4)] public bool AllDecimals { get; init; }

    /// <summary>Binary and CAN: the bits of the value.</summary>
    [Id(5)] public SchemaBits? Bits { get; init; }
}

/// <summary>The typed columns of an exchange's payloads. See docs/history.md.</summary>
[GenerateSerializer, Immutable, Alias("weir.ExchangeSchema")]
public sealed record ExchangeSchema
{
    /// <summary>How payloads are written.</summary>
    [Id(0)] public SchemaFormat Format { get; init; }

    /// <summary>The columns; empty where they are to be found out from the first messages, or from the DBC file.</summary>
    [Id(1)] public IReadOnlyList<SchemaField> Fields { get; init; } = [];

    /// <summary>Whether fields that come later get columns of their own.</summary>
    [Id(2)] public bool Grow { get; init; }

    /// <summary>Whether payloads are kept beside the columns though the columns could make them again byte for byte.</summary>
    [Id(3)] public bool KeepPayload { get; init; }

    /// <summary>JSON: whether the publisher writes a space after <c>:</c> and <c>,</c>.</summary>
    [Id(4)] public bool Spaced { get; init; }

    /// <summary>CAN: the text of the DBC file.</summary>
    [Id(5)] public string? Dbc { get; init; }

    /// <summary>CAN: how messages carry their frames.</summary>
    [Id(6)] public SchemaFraming Framing { get; init; }
}

/// <summary>What a schema would make of the newest messages; nothing was changed.</summary>
/// <param name="Schema">The schema with all that was found out; null where none was.</param>
/// <param name="Messages">Messages that it was tried on.</param>
/// <param name="Fits">Those that fit into the columns.</param>
/// <param name="Rebuilt">Those whose payload could be left out, since the columns make it again byte for byte.</param>
/// <param name="Problems">What does not fit, a sentence each, the most frequent first.</param>
[GenerateSerializer, Immutable, Alias("weir.SchemaTrial")]
public sealed record SchemaTrial(
    [property: Id(0)] ExchangeSchema? Schema, [property: Id(1)] int Messages, [property: Id(2)] int Fits, [property: Id(3)] int Rebuilt,
    [property: Id(4)] IReadOnlyList<string> Problems);

/// <summary>How the schema of an exchange does, since the site's start.</summary>
/// <param name="Schema">The columns in force; null where they are still to be found out.</param>
/// <param name="Messages">Messages that went into files with typed columns.</param>
/// <param name="Misfits">Those that did not fit; their payload is kept as it is.</param>
/// <param name="Rebuilt">Those whose payload was left out, since the columns make it again.</param>
/// <param name="Problem">What did not fit in the newest file; null where all did.</param>
[GenerateSerializer, Immutable, Alias("weir.SchemaStatus")]
public sealed record SchemaStatus(
    [property: Id(0)] ExchangeSchema? Schema, [property: Id(1)] long Messages, [property: Id(2)] long Misfits, [property: Id(3)] long Rebuilt,
    [property: Id(4)] string? Problem);
