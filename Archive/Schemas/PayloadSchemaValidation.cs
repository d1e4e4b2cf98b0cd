using System.Globalization;
using System.Text.RegularExpressions;

namespace Weir.Archive;

/// <summary>Checks a schema and says in sentences what is wrong with it.</summary>
public static partial class PayloadSchemaValidation
{
    internal const int MaxFields = 1_000;
    internal const int MaxScale = 15;
    private const int MaxNameLength = 100;
    private const int MaxDbcLength = 4 << 20;
    private const int MaxBits = 64 * 8;

    // The columns that every file has, and those that queries in SQL add.
    private static readonly HashSet<string> Taken = new(StringComparer.OrdinalIgnoreCase)
    {
        "ts", "seq", "topic", "payload", "qos", "retain", "received", "properties", "time", "key",
    };

    /// <summary>All that is wrong, a sentence each; nothing where all is well.</summary>
    public static IReadOnlyList<string> Problems(this PayloadSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        List<string> found = [];
        if (!Enum.IsDefined(schema.Format)) found.Add($"schema.format {(int)schema.Format} does not exist");
        if (schema.Fields.Count > MaxFields) found.Add(Say($"schema.fields must be at most {MaxFields:N0}, but are {schema.Fields.Count:N0}"));
        if (schema.Format == PayloadFormat.Auto && schema.Fields.Count > 0) found.Add("schema.format must be named where fields are");
        if (schema.Format is PayloadFormat.Binary && schema.Fields.Count == 0)
            found.Add("schema.fields must say where the values lie: a fixed binary layout cannot be found out");
        if (schema.Grow && schema.Format is PayloadFormat.Binary or PayloadFormat.Number or PayloadFormat.Can && schema.Grow)
            found.Add("schema.grow is for json, cbor and sparkplugB");
        Dbc(schema, found);
        Names(schema, found);
        foreach (var field in schema.Fields) Field(schema, field, found);
        return found;
    }

    /// <exception cref="ArgumentException">Something is wrong; the message says all of it.</exception>
    internal static void Validate(this PayloadSchema schema)
    {
        if (schema.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join("; ", problems) + ".");
    }

    /// <summary>A column name made of any text.</summary>
    internal static string ToName(string text)
    {
        var name = NotInNames().Replace(text, "_").Trim('_');
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) name = "_" + name;
        if (name.Length > MaxNameLength) name = name[..MaxNameLength];
        return Taken.Contains(name) ? name + "_" : name;
    }

    private static void Dbc(PayloadSchema schema, List<string> found)
    {
        if (schema.Dbc is null)
        {
            if (schema.Format == PayloadFormat.Can && schema.Fields.All(field => field.Bits is null))
                found.Add("schema.dbc must be the text of a DBC file, since the payloads are CAN frames");
            return;
        }
        if (schema.Format != PayloadFormat.Can) found.Add("schema.dbc is for the format can");
        if (schema.Dbc.Length > MaxDbcLength) found.Add(Say($"schema.dbc must have at most {MaxDbcLength:N0} characters, but has {schema.Dbc.Length:N0}"));
        else
        {
            try
            {
                DbcFields.Select(DbcFile.Parse(schema.Dbc), schema.Fields);
            }
            catch (FormatException error)
            {
                found.Add($"schema.dbc: {error.Message}");
            }
        }
    }

    private static void Names(PayloadSchema schema, List<string> found)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (var field in schema.Fields)
        {
            if (!ValidName().IsMatch(field.Name) || field.Name.Length > MaxNameLength)
                found.Add($"schema: the name '{field.Name}' must be a letter or '_', then letters, digits and '_', at most {MaxNameLength}");
            else if (Taken.Contains(field.Name)) found.Add($"schema: the name '{field.Name}' is taken by a column of every message");
            else if (!names.Add(field.Name)) found.Add($"schema: two fields are named '{field.Name}' (capitals do not count)");
        }
    }

    private static void Field(PayloadSchema schema, PayloadField field, List<string> found)
    {
        var name = $"schema: field '{field.Name}'";
        if (!Enum.IsDefined(field.Type)) found.Add($"{name}: the type {(int)field.Type} does not exist");
        if (field.Scale is < 0 or > MaxScale) found.Add($"{name}: scale must be 0 to {MaxScale}, but is {field.Scale}");
        if (schema.Format is PayloadFormat.Json or PayloadFormat.Cbor)
        {
            try
            {
                PayloadPath.Parse(field.Path ?? field.Name);
            }
            catch (FormatException error)
            {
                found.Add($"{name}: {error.Message}");
            }
        }
        if (schema.Format == PayloadFormat.Number && schema.Fields.Count > 1) found.Add($"{name}: a number is one field only");
        if (schema.Format == PayloadFormat.Number && field.Type is not (FieldType.Integer or FieldType.Decimal or FieldType.Double))
            found.Add($"{name}: a number is an integer, a decimal or a double");
        if (schema.Format is PayloadFormat.Binary && field.Bits is null) found.Add($"{name}: bits must say where the value lies");
        if (field.Bits is { } bits && schema.Dbc is null) Bits(schema, field, bits, name, found);
    }

    private static void Bits(PayloadSchema schema, PayloadField field, BitLayout bits, string name, List<string> found)
    {
        if (bits.Length is < 1 or > 64) found.Add($"{name}: bits.length must be 1 to 64, but is {bits.Length}");
        else if (bits.Start < 0 || BitCodec.LastByte(bits) >= MaxBits / 8)
            found.Add(Say($"{name}: bits.start must lie in the first {MaxBits / 8} bytes with all of the value"));
        if (bits.Kind == BitKind.Float && bits.Length is not (32 or 64)) found.Add($"{name}: a float has 32 or 64 bits, but this has {bits.Length}");
        if (bits.Factor == 0) found.Add($"{name}: bits.factor must not be zero");
        if (field.Type is FieldType.Text or FieldType.Bytes) found.Add($"{name}: bits make a number or a boolean, not {field.Type}");
        if (field.Type is FieldType.Boolean && bits.Length != 1) found.Add($"{name}: a boolean has one bit, but this has {bits.Length}");
        if (bits.Multiplexer is { } other && !schema.Fields.Any(candidate => candidate.Name == other && candidate.Bits is not null))
            found.Add($"{name}: bits.multiplexer names the field '{other}', which is not there");
        if (bits.Multiplexer == field.Name) found.Add($"{name}: bits.multiplexer names the field itself");
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex ValidName();

    [GeneratedRegex("[^A-Za-z0-9_]+")]
    private static partial Regex NotInNames();
}
