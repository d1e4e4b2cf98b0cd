using System.Buffers;

namespace Weir.Archive;

/// <summary>Reads the fields of payloads and makes payloads of fields. May be used from any thread, each with its own row.</summary>
internal interface IPayloadCodec
{
    /// <summary>Reads what fits into the fields of a cleared row.</summary>
    /// <returns>Whether nothing is in the payload that the fields do not hold.</returns>
    bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row);

    /// <summary>Makes the payload again.</summary>
    /// <returns>False where this format cannot; what was written then means nothing.</returns>
    bool Encode(PayloadRow row, IBufferWriter<byte> payload);
}

/// <summary>A schema without anything to be found out, and its codec.</summary>
internal sealed class ResolvedSchema
{
    private ResolvedSchema(PayloadSchema schema, IPayloadCodec codec) => (Schema, Codec) = (schema, codec);

    public PayloadSchema Schema { get; }

    public IReadOnlyList<PayloadField> Fields => Schema.Fields;

    public IPayloadCodec Codec { get; }

    /// <exception cref="ArgumentException">The schema is wrong.</exception>
    public static ResolvedSchema Of(PayloadSchema schema)
    {
        schema.Validate();
        if (schema.Format == PayloadFormat.Can)
        {
            var fields = schema.Dbc is { } dbc ? DbcFields.Select(DbcFile.Parse(dbc), schema.Fields) : schema.Fields;
            schema = schema with { Fields = CanCodec.WithFrameFields(fields), Dbc = null };
        }
        return new ResolvedSchema(schema, schema.Format switch
        {
            PayloadFormat.Json => new JsonCodec(schema),
            PayloadFormat.Cbor => new CborCodec(schema),
            PayloadFormat.Number => new NumberCodec(schema.Fields[0]),
            PayloadFormat.Binary => new BinaryCodec(schema),
            PayloadFormat.Can => new CanCodec(schema),
            PayloadFormat.SparkplugB => new SparkplugCodec(schema),
            _ => throw new ArgumentException($"schema: the format {schema.Format} is still to be found out."),
        });
    }
}
