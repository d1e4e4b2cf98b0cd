using System.Buffers;
using System.Formats.Cbor;
using System.Globalization;
using System.Text;

namespace Weir.Archive;

/// <summary>Payloads that are CBOR maps with texts as keys (RFC 8949).</summary>
internal sealed class CborCodec(PayloadSchema schema) : IPayloadCodec
{
    private readonly PathTree root = PathTree.Of(schema.Fields);

    public bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row)
    {
        try
        {
            var reader = new CborReader(payload.ToArray(), CborConformanceMode.Lax);
            if (reader.PeekState() != CborReaderState.StartMap) return row.Misfit("the payload is no CBOR map");
            var fits = Map(reader, root, row);
            return reader.BytesRemaining == 0 ? fits : row.Misfit("bytes follow the CBOR map");
        }
        catch (Exception error) when (error is CborContentException or InvalidOperationException or OverflowException)
        {
            row.Clear();
            return row.Misfit("the payload is no CBOR");
        }
    }

    public bool Encode(PayloadRow row, IBufferWriter<byte> payload)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        if (!Write(writer, root, row)) return false;
        payload.Write(writer.Encode());
        return true;
    }

    private bool Map(CborReader reader, PathTree at, PayloadRow row)
    {
        var fits = true;
        var expected = 0;
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            if (reader.PeekState() != CborReaderState.TextString)
            {
                reader.SkipValue();
                reader.SkipValue();
                fits = row.Misfit("a key is no text");
                continue;
            }
            var name = reader.ReadTextString();
            var child = at.Find(Encoding.UTF8.GetBytes(name), ref expected);
            if (child is null) row.Misfit("has no column", name);
            fits &= Value(reader, child, row);
        }
        reader.ReadEndMap();
        return fits;
    }

    private bool Value(CborReader reader, PathTree? at, PayloadRow row)
    {
        if (at is { Field: >= 0 } leaf) return Leaf(reader, leaf, row);
        if (at is not null && reader.PeekState() == CborReaderState.StartMap) return Map(reader, at, row);
        if (at is not null && reader.PeekState() == CborReaderState.StartArray) return List(reader, at, row);
        reader.SkipValue();
        return at is null ? false : row.Misfit("is no map or list, but its columns expect one", at.Step);
    }

    private bool List(CborReader reader, PathTree at, PayloadRow row)
    {
        var fits = true;
        reader.ReadStartArray();
        for (var index = 0; reader.PeekState() != CborReaderState.EndArray; index++)
        {
            var step = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
            fits &= Value(reader, at.Children.FirstOrDefault(child => child.Step == step), row);
        }
        reader.ReadEndArray();
        return fits || row.Misfit("has elements without a column", at.Step);
    }

    private bool Leaf(CborReader reader, PathTree at, PayloadRow row)
    {
        var (field, index) = (schema.Fields[at.Field], at.Field);
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger when field.Type == FieldType.Integer:
                row.Set(index, reader.ReadInt64());
                return true;
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger when field.Type == FieldType.Double:
                row.Set(index, (double)reader.ReadInt64());
                return true;
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat
                when field.Type == FieldType.Double:
                row.Set(index, reader.ReadDouble());
                return true;
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat
                when field.Type == FieldType.Decimal:
                // The shortest text of the number is what its publisher meant; where that has more decimals it stays out.
                Span<byte> text = stackalloc byte[40];
                var real = reader.ReadDouble();
                if (real.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture)
                    && Numbers.TryRead(text[..length], field, index, row))
                    return true;
                return row.Misfit("has more decimals than the column", at.Step);
            case CborReaderState.Boolean when field.Type == FieldType.Boolean:
                row.Set(index, reader.ReadBoolean() ? 1 : 0);
                return true;
            case CborReaderState.TextString when field.Type == FieldType.Text:
                row.Set(index, Encoding.UTF8.GetBytes(reader.ReadTextString()));
                return true;
            case CborReaderState.ByteString when field.Type == FieldType.Bytes:
                row.Set(index, reader.ReadByteString());
                return true;
            default:
                var kind = reader.PeekState();
                reader.SkipValue();
                return row.Misfit($"is a {kind} that the column ({field.Type}) cannot hold", at.Step);
        }
    }

    private bool Write(CborWriter writer, PathTree at, PayloadRow row)
    {
        var present = at.Children.Where(child => HasAny(child, row)).ToList();
        if (present.Exists(child => child.Step.StartsWith('['))) return false;
        writer.WriteStartMap(present.Count);
        foreach (var child in present)
        {
            writer.WriteTextString(child.Step);
            if (child.Field < 0)
            {
                if (!Write(writer, child, row)) return false;
            }
            else WriteValue(writer, child.Field, row);
        }
        writer.WriteEndMap();
        return true;
    }

    private void WriteValue(CborWriter writer, int index, PayloadRow row)
    {
        var field = schema.Fields[index];
        switch (field.Type)
        {
            case FieldType.Integer: writer.WriteInt64(row.Integer(index)); break;
            case FieldType.Boolean: writer.WriteBoolean(row.Integer(index) != 0); break;
            case FieldType.Text: writer.WriteTextString(Encoding.UTF8.GetString(row.Bytes(index))); break;
            case FieldType.Bytes: writer.WriteByteString(row.Bytes(index)); break;
            case FieldType.Decimal: WriteReal(writer, row.Integer(index) / (double)Numbers.Power(field.Scale)); break;
            default: WriteReal(writer, row.Double(index)); break;
        }
    }

    // Most encoders write doubles; whoever writes the shortest form is found out when the bytes are compared.
    private static void WriteReal(CborWriter writer, double value) => writer.WriteDouble(value);

    private static bool HasAny(PathTree at, PayloadRow row) => at.Field >= 0 ? row.Has(at.Field) : at.Children.Any(child => HasAny(child, row));
}
