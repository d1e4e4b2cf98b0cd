using System.Text;

namespace Weir.Archive;

/// <summary>A typed column of an answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
public sealed record MessageColumn(string Name, FieldType Type);

/// <summary>Reads the typed values of messages for an answer. For one thread.</summary>
internal sealed class PayloadValues(ResolvedSchema schema)
{
    private readonly PayloadRow row = new(schema.Fields.Count);

    public static IReadOnlyList<MessageColumn> Columns(ResolvedSchema schema) =>
        [.. schema.Fields.Select(field => new MessageColumn(field.Name, field.Type))];

    /// <summary>
    /// A value for each column: <see cref="long"/>, <see cref="decimal"/>, <see cref="double"/>, <see cref="bool"/>,
    /// <see cref="string"/>, a byte array, or null.
    /// </summary>
    public IReadOnlyList<object?> Of(ArchivedMessage message)
    {
        row.Clear();
        schema.Codec.Decode(Encoding.UTF8.GetBytes(message.Topic), message.Payload.Span, row);
        var values = new object?[schema.Fields.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (row.Has(i)) values[i] = Value(schema.Fields[i], i);
        }
        return values;
    }

    private object Value(PayloadField field, int index) => field.Type switch
    {
        FieldType.Integer => row.Integer(index),
        FieldType.Decimal => new decimal(row.Integer(index)) / Numbers.Power(field.Scale),
        FieldType.Double => row.Double(index),
        FieldType.Boolean => row.Integer(index) != 0,
        FieldType.Text => Encoding.UTF8.GetString(row.Bytes(index)),
        _ => row.Bytes(index).ToArray(),
    };
}
