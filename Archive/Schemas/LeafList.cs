using System.Globalization;

namespace Weir.Archive;

/// <summary>The single values that payloads were seen to hold, in the order in which their publishers write them.</summary>
internal sealed class LeafList
{
    /// <summary>A column of more decimals would hold computed numbers, which a double holds better.</summary>
    private const int MostDecimals = 9;
    private const int MostDigits = 18;

    private readonly List<Leaf> leaves = [];
    private readonly Dictionary<string, Leaf> byPath = new(StringComparer.Ordinal);
    private int after;

    /// <summary>Whether payloads have spaces after their colons.</summary>
    public bool Spaced { get; set; }

    /// <summary>Another payload begins.</summary>
    public void Begin() => after = 0;

    public void Note(string path, FieldType type)
    {
        var leaf = At(path);
        leaf.Type = leaf.Type is null || leaf.Type == type ? type : null;
        leaf.IsMixed |= leaf.Type is null;
    }

    /// <summary>A number as its publisher wrote it.</summary>
    public void Number(string path, string text)
    {
        Note(path, FieldType.Decimal);
        var leaf = At(path);
        var point = text.IndexOf('.');
        var decimals = point < 0 ? 0 : text.Length - point - 1;
        leaf.HasExponent |= text.AsSpan().ContainsAny('e', 'E');
        leaf.MostDecimals = Math.Max(leaf.MostDecimals, decimals);
        leaf.FewestDecimals = Math.Min(leaf.FewestDecimals, decimals);
        leaf.MostWhole = Math.Max(leaf.MostWhole, (point < 0 ? text.Length : point) - (text[0] == '-' ? 1 : 0));
        leaf.EndsWithZero |= point >= 0 && text[^1] == '0';
    }

    /// <summary>A number that was no text.</summary>
    public void Real(string path, double value)
    {
        Number(path, value.ToString(CultureInfo.InvariantCulture));
        At(path).IsReal = true;
    }

    /// <summary>A field for each that always held the same kind of value.</summary>
    public List<PayloadField> Fields(HashSet<string>? taken = null)
    {
        HashSet<string> names = taken ?? new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        List<PayloadField> fields = [];
        foreach (var leaf in leaves)
        {
            if (leaf.IsMixed || leaf.Type is not { } type || fields.Count == PayloadSchemaValidation.MaxFields) continue;
            var name = PayloadSchemaValidation.ToName(leaf.Path);
            for (var i = 2; !names.Add(name); i++) name = $"{PayloadSchemaValidation.ToName(leaf.Path)}_{i}";
            var field = new PayloadField(name, type) { Path = name == leaf.Path ? null : leaf.Path };
            fields.Add(type == FieldType.Decimal ? OfNumber(field, leaf) : field);
        }
        return fields;
    }

    private static PayloadField OfNumber(PayloadField field, Leaf leaf)
    {
        if (leaf.HasExponent || leaf.MostDecimals > MostDecimals || leaf.MostWhole + leaf.MostDecimals > MostDigits)
            return field with { Type = FieldType.Double };
        if (leaf.MostDecimals == 0) return field with { Type = leaf.IsReal ? FieldType.Double : FieldType.Integer };
        return field with { Scale = leaf.MostDecimals, AllDecimals = leaf.EndsWithZero && leaf.FewestDecimals == leaf.MostDecimals };
    }

    // A field that is not in every payload has its place after the one that comes before it.
    private Leaf At(string path)
    {
        if (!byPath.TryGetValue(path, out var leaf))
        {
            byPath[path] = leaf = new Leaf(path);
            leaves.Insert(Math.Min(after, leaves.Count), leaf);
        }
        after = leaves.IndexOf(leaf) + 1;
        return leaf;
    }

    private sealed class Leaf(string path)
    {
        public string Path => path;

        public FieldType? Type { get; set; }

        public bool IsMixed { get; set; }

        public bool IsReal { get; set; }

        public bool HasExponent { get; set; }

        public bool EndsWithZero { get; set; }

        public int MostDecimals { get; set; }

        public int FewestDecimals { get; set; } = int.MaxValue;

        public int MostWhole { get; set; }
    }
}
