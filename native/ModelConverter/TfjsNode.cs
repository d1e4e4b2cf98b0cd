using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Weir.ModelConverter;

/// <summary>One node of a TensorFlow.js graph. Numbers in its JSON are written as text, texts as base64.</summary>
internal sealed class TfjsNode
{
    private readonly JsonElement attributes;

    public TfjsNode(JsonElement json)
    {
        Name = json.GetProperty("name").GetString()!;
        Operation = json.GetProperty("op").GetString()!;
        Inputs = json.TryGetProperty("input", out var inputs)
            ? [.. inputs.EnumerateArray().Select(i => Tensor(i.GetString()!))]
            : [];
        attributes = json.TryGetProperty("attr", out var attr) ? attr : default;
    }

    public string Name { get; }

    public string Operation { get; }

    /// <summary>Tensor names; the first output of a node bears the node's name.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>The name of the node that makes a tensor.</summary>
    public static string Owner(string tensor) => tensor.Split(':')[0];

    public bool Flag(string name) => Find(name, "b", out var value) && value.GetBoolean();

    public long Integer(string name) => Find(name, "i", out var value) ? Integer(value) : 0;

    public string Type(string name) => Find(name, "type", out var value) ? value.GetString()! : "";

    public string Text(string name) => Find(name, "s", out var value) ? FromBase64(value) : "";

    public long[] Integers(string name) =>
        Find(name, "list", out var list) && list.TryGetProperty("i", out var items)
            ? [.. items.EnumerateArray().Select(Integer)]
            : [];

    public string[] Texts(string name) =>
        Find(name, "list", out var list) && list.TryGetProperty("s", out var items)
            ? [.. items.EnumerateArray().Select(FromBase64)]
            : [];

    public long[] Shape(string name) => Find(name, "shape", out var shape) ? Dimensions(shape) : [];

    /// <summary>The sizes of a TensorShape.</summary>
    public static long[] Dimensions(JsonElement shape) =>
        shape.TryGetProperty("dim", out var items)
            ? [.. items.EnumerateArray().Select(d => Integer(d.GetProperty("size")))]
            : [];

    public override string ToString() => $"node '{Name}' ({Operation})";

    private static string Tensor(string input) => input.EndsWith(":0", StringComparison.Ordinal) ? input[..^2] : input;

    private bool Find(string name, string kind, out JsonElement value)
    {
        value = default;
        return attributes.ValueKind == JsonValueKind.Object
            && attributes.TryGetProperty(name, out var attribute)
            && attribute.TryGetProperty(kind, out value);
    }

    private static long Integer(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
            ? value.GetInt64()
            : long.Parse(value.GetString()!, CultureInfo.InvariantCulture);

    private static string FromBase64(JsonElement value) => Encoding.ASCII.GetString(value.GetBytesFromBase64());
}
