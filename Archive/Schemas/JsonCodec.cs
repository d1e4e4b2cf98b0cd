using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Weir.Archive;

/// <summary>Payloads that are JSON objects.</summary>
internal sealed class JsonCodec : IPayloadCodec
{
    private readonly PayloadSchema schema;
    private readonly PathTree root;
    private readonly byte[] comma;
    private readonly byte[] colon;

    public JsonCodec(PayloadSchema schema)
    {
        this.schema = schema;
        root = PathTree.Of(schema.Fields);
        (comma, colon) = schema.Spaced ? (", "u8.ToArray(), ": "u8.ToArray()) : (","u8.ToArray(), ":"u8.ToArray());
    }

    public bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row)
    {
        var reader = new Utf8JsonReader(payload);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return row.Misfit("the payload is no JSON object");
            var fits = Object(ref reader, root, row);
            // Beyond the object only white space may follow; a second Read would throw for anything else.
            return !reader.Read() && fits;
        }
        catch (JsonException)
        {
            row.Clear();
            return row.Misfit("the payload is no JSON");
        }
        catch (InvalidOperationException)
        {
            row.Clear();
            return row.Misfit("the payload's text is no UTF-8");
        }
    }

    public bool Encode(PayloadRow row, IBufferWriter<byte> payload)
    {
        payload.Write("{"u8);
        if (Write(root, row, payload) < 0) return false;
        payload.Write("}"u8);
        return true;
    }

    private bool Object(ref Utf8JsonReader reader, PathTree at, PayloadRow row)
    {
        var fits = true;
        var expected = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var child = reader.ValueIsEscaped ? FindEscaped(ref reader, at, ref expected) : at.Find(reader.ValueSpan, ref expected);
            if (child is null && row.WantsProblem) row.Misfit("has no column", reader.GetString());
            reader.Read();
            fits &= Value(ref reader, child, row);
        }
        return fits;
    }

    private bool Value(ref Utf8JsonReader reader, PathTree? at, PayloadRow row)
    {
        if (at is null)
        {
            reader.Skip();
            return false;
        }
        if (at.Field >= 0) return Leaf(ref reader, at, row);
        if (reader.TokenType == JsonTokenType.StartObject) return Object(ref reader, at, row);
        if (reader.TokenType == JsonTokenType.StartArray) return Array(ref reader, at, row);
        return row.Misfit("is no object or list, but its columns expect one", at.Step);
    }

    private bool Array(ref Utf8JsonReader reader, PathTree at, PayloadRow row)
    {
        var fits = true;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            var child = at.Children.FirstOrDefault(candidate => candidate.Step == $"[{index}]");
            if (child is null) row.Misfit($"has no column for its element {index}", at.Step);
            fits &= Value(ref reader, child, row);
        }
        return fits;
    }

    private bool Leaf(ref Utf8JsonReader reader, PathTree at, PayloadRow row)
    {
        var field = schema.Fields[at.Field];
        if (row.Has(at.Field))
        {
            reader.Skip();
            return row.Misfit("comes twice", at.Step);
        }
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when Numbers.TryRead(reader.ValueSpan, field, at.Field, row):
                return true;
            case JsonTokenType.True or JsonTokenType.False when field.Type == FieldType.Boolean:
                row.Set(at.Field, reader.TokenType == JsonTokenType.True ? 1 : 0);
                return true;
            case JsonTokenType.String when field.Type == FieldType.Text:
                row.Shorten(at.Field, reader.CopyString(row.Reserve(at.Field, reader.ValueSpan.Length)));
                // The reader lets bytes pass that are no UTF-8, and a column of text must not.
                if (Utf8.IsValid(row.Bytes(at.Field))) return true;
                row.Unset(at.Field);
                return row.Misfit("is no UTF-8", at.Step);
            default:
                var kind = reader.TokenType;
                reader.Skip();
                return row.Misfit($"is a {Word(kind)} that the column ({field.Type}) cannot hold", at.Step);
        }
    }

    private static PathTree? FindEscaped(ref Utf8JsonReader reader, PathTree at, ref int expected)
    {
        var name = new byte[reader.ValueSpan.Length];
        return at.Find(name.AsSpan(0, reader.CopyString(name)), ref expected);
    }

    /// <returns>How many values were written; -1 where this cannot be made again.</returns>
    private int Write(PathTree at, PayloadRow row, IBufferWriter<byte> target)
    {
        var written = 0;
        foreach (var child in at.Children)
        {
            if (!HasAny(child, row)) continue;
            // A list may have more elements than columns, so it is not made again.
            if (child.Step.StartsWith('[')) return -1;
            if (written++ > 0) target.Write(comma);
            WriteText(child.Name, target);
            target.Write(colon);
            if (child.Field >= 0) WriteValue(child.Field, row, target);
            else
            {
                target.Write("{"u8);
                if (Write(child, row, target) < 0) return -1;
                target.Write("}"u8);
            }
        }
        return written;
    }

    private static bool HasAny(PathTree at, PayloadRow row)
    {
        if (at.Field >= 0) return row.Has(at.Field);
        foreach (var child in at.Children)
        {
            if (HasAny(child, row)) return true;
        }
        return false;
    }

    private void WriteValue(int index, PayloadRow row, IBufferWriter<byte> target)
    {
        var field = schema.Fields[index];
        if (field.Type == FieldType.Boolean) target.Write(row.Integer(index) != 0 ? "true"u8 : "false"u8);
        else if (field.Type == FieldType.Text) WriteText(row.Bytes(index), target);
        else Numbers.Write(target, row, field, index);
    }

    // Only what must be escaped is (RFC 8259, section 7). Who escapes more has his payload kept as it is.
    private static void WriteText(ReadOnlySpan<byte> text, IBufferWriter<byte> target)
    {
        target.Write("\""u8);
        while (text.IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var at)
        {
            target.Write(text[..at]);
            target.Write("\\"u8);
            target.Write(text.Slice(at, 1));
            text = text[(at + 1)..];
        }
        target.Write(text);
        target.Write("\""u8);
    }

    private static string Word(JsonTokenType kind) => kind switch
    {
        JsonTokenType.Number => "number",
        JsonTokenType.String => "text",
        JsonTokenType.True or JsonTokenType.False => "truth value",
        JsonTokenType.Null => "null",
        JsonTokenType.StartArray => "list",
        _ => "object",
    };
}
