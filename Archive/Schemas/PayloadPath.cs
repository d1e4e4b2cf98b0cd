using System.Globalization;
using System.Text;

namespace Weir.Archive;

/// <summary>The way to a value in JSON or CBOR: names and indices, such as <c>axes[2].speed</c> or <c>["a.b"].c</c>.</summary>
internal static class PayloadPath
{
    /// <summary>The steps: a name, or an index as <c>[2]</c>.</summary>
    /// <exception cref="FormatException">The text is no path.</exception>
    public static IReadOnlyList<string> Parse(string text)
    {
        List<string> steps = [];
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                var quoted = at + 1 < text.Length && text[at + 1] == '"';
                var end = quoted ? text.IndexOf("\"]", at + 2, StringComparison.Ordinal) : text.IndexOf(']', at);
                if (end < 0) throw Wrong(text, "a '[' is not closed");
                var inner = quoted ? text[(at + 2)..end] : text[(at + 1)..end];
                if (!quoted && !int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    throw Wrong(text, $"'[{inner}]' is neither an index nor a name in quotes");
                steps.Add(quoted ? inner : $"[{inner}]");
                at = end + (quoted ? 2 : 1);
            }
            else
            {
                var end = text.AsSpan(at).IndexOfAny('.', '[');
                end = end < 0 ? text.Length : at + end;
                if (end == at) throw Wrong(text, "a name is empty");
                steps.Add(text[at..end]);
                at = end;
            }
            if (at < text.Length && text[at] == '.')
            {
                at++;
                if (at == text.Length) throw Wrong(text, "it ends with a dot");
            }
        }
        return steps.Count > 0 ? steps : throw Wrong(text, "it is empty");
    }

    /// <summary>A path of a step below another path.</summary>
    public static string Join(string path, string step)
    {
        var plain = step.Length > 0 && !step.AsSpan().ContainsAny(".[]\"");
        if (!plain) return $"{path}[\"{step}\"]";
        return path.Length == 0 ? step : $"{path}.{step}";
    }

    private static FormatException Wrong(string path, string why) => new($"the path '{path}' cannot be read: {why}");
}

/// <summary>The fields of a schema as a tree of the ways to them, in their order.</summary>
internal sealed class PathTree
{
    private readonly List<PathTree> children = [];

    private PathTree(string step)
    {
        Step = step;
        Name = Encoding.UTF8.GetBytes(step);
    }

    public string Step { get; }

    /// <summary>The last step in UTF-8.</summary>
    public byte[] Name { get; }

    /// <summary>The field whose value lies here; -1 where it lies deeper.</summary>
    public int Field { get; private set; } = -1;

    public IReadOnlyList<PathTree> Children => children;

    public static PathTree Of(IReadOnlyList<PayloadField> fields)
    {
        var root = new PathTree("");
        for (var i = 0; i < fields.Count; i++)
        {
            var node = root;
            foreach (var step in PayloadPath.Parse(fields[i].Path ?? fields[i].Name))
            {
                var next = node.children.Find(child => child.Step == step);
                if (next is null) node.children.Add(next = new PathTree(step));
                node = next;
            }
            node.Field = i;
        }
        return root;
    }

    /// <summary>The child of a name; publishers nearly always keep an order, so the one expected next is tried first.</summary>
    public PathTree? Find(ReadOnlySpan<byte> name, ref int expected)
    {
        for (var i = 0; i < children.Count; i++)
        {
            var at = expected + i < children.Count ? expected + i : expected + i - children.Count;
            if (!name.SequenceEqual(children[at].Name)) continue;
            expected = at + 1 < children.Count ? at + 1 : 0;
            return children[at];
        }
        return null;
    }
}
