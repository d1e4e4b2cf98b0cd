using Weir.Archive;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Grains.Exchanges;

/// <summary>Schemas in the words of the grain API and in those of the archive. The two kinds of enumerations have the same members in the same order.</summary>
internal static class SchemaMapping
{
    public static PayloadSchema? ToSchema(ExchangeSchema? schema) => schema is null ? null : new PayloadSchema
    {
        Format = (PayloadFormat)schema.Format,
        Fields = [.. (schema.Fields ?? []).Select(ToField)],
        Grow = schema.Grow,
        KeepPayload = schema.KeepPayload,
        Spaced = schema.Spaced,
        Dbc = schema.Dbc,
        Framing = (CanFraming)schema.Framing,
    };

    public static ExchangeSchema? Of(PayloadSchema? schema) => schema is null ? null : new ExchangeSchema
    {
        Format = (SchemaFormat)schema.Format,
        Fields = [.. schema.Fields.Select(Of)],
        Grow = schema.Grow,
        KeepPayload = schema.KeepPayload,
        Spaced = schema.Spaced,
        Dbc = schema.Dbc,
        Framing = (SchemaFraming)schema.Framing,
    };

    public static SchemaTrial Of(SchemaProposal proposal) =>
        new(Of(proposal.Schema), proposal.Messages, proposal.Fits, proposal.Rebuilt, proposal.Problems);

    public static SchemaStatus? Of(SchemaStatistics? statistics) => statistics is null ? null
        : new SchemaStatus(Of(statistics.Schema), statistics.Messages, statistics.Misfits, statistics.Rebuilt, statistics.Problem);

    private static PayloadField ToField(SchemaField field) => new(field.Name, (FieldType)field.Type)
    {
        Path = field.Path, Scale = field.Scale, AllDecimals = field.AllDecimals, Bits = field.Bits is { } bits ? ToBits(bits) : null,
    };

    private static SchemaField Of(PayloadField field) => new()
    {
        Name = field.Name, Type = (SchemaType)field.Type, Path = field.Path, Scale = field.Scale, AllDecimals = field.AllDecimals,
        Bits = field.Bits is { } bits ? Of(bits) : null,
    };

    private static BitLayout ToBits(SchemaBits bits) => new(bits.Start, bits.Length)
    {
        BigEndian = bits.BigEndian, Kind = (BitKind)bits.Kind, Factor = bits.Factor, Addend = bits.Addend, Frame = bits.Frame,
        Multiplexer = bits.Multiplexer, MultiplexValues = [.. (bits.MultiplexValues ?? []).Select(range => new MultiplexRange(range.First, range.Last))],
    };

    private static SchemaBits Of(BitLayout bits) => new()
    {
        Start = bits.Start, Length = bits.Length, BigEndian = bits.BigEndian, Kind = (SchemaBitKind)bits.Kind, Factor = bits.Factor,
        Addend = bits.Addend, Frame = bits.Frame, Multiplexer = bits.Multiplexer,
        MultiplexValues = [.. bits.MultiplexValues.Select(range => new SchemaRange(range.First, range.Last))],
    };
}
