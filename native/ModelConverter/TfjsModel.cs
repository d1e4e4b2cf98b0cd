using System.Buffers.Binary;
using System.Text.Json;

namespace Weir.ModelConverter;

/// <summary>A constant of the graph: either floats or whole numbers.</summary>
internal sealed record TfjsWeight(long[] Shape, float[]? Floats, long[]? Integers);

/// <summary>A TensorFlow.js graph model: <c>X.json</c> (graph and list of weights) and the weight file that it names.</summary>
internal sealed class TfjsModel
{
    private readonly Dictionary<string, TfjsNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TfjsWeight> weights = new(StringComparer.Ordinal);
    private readonly JsonElement outputs;

    private TfjsModel(JsonElement json, string folder)
    {
        foreach (var item in json.GetProperty("modelTopology").GetProperty("node").EnumerateArray())
        {
            var node = new TfjsNode(item);
            nodes.Add(node.Name, node);
        }
        foreach (var group in json.GetProperty("weightsManifest").EnumerateArray()) ReadWeights(group, folder);
        outputs = json.GetProperty("signature").GetProperty("outputs");
    }

    public static TfjsModel Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return new TfjsModel(document.RootElement.Clone(), Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ConversionException($"{path} is not a TensorFlow.js graph model: {error.Message}", error);
        }
    }

    /// <summary>A weight, or null where the tensor is computed.</summary>
    public TfjsWeight? Weight(string tensor) => weights.GetValueOrDefault(tensor);

    /// <summary>The shape that the model's signature promises for an output.</summary>
    public long[] OutputShape(string tensor) =>
        outputs.TryGetProperty(tensor, out var output)
            ? TfjsNode.Dimensions(output.GetProperty("tensorShape"))
            : throw new ConversionException(
                $"The model has no output '{tensor}'; it has {string.Join(", ", outputs.EnumerateObject().Select(o => o.Name))}.");

    /// <summary>The nodes that an output needs, each after what it reads.</summary>
    public IReadOnlyList<TfjsNode> NodesFor(string tensor)
    {
        var order = new List<TfjsNode>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Visit(TfjsNode.Owner(tensor));
        return order;

        void Visit(string name)
        {
            if (!seen.Add(name)) return;
            if (!nodes.TryGetValue(name, out var node))
                throw new ConversionException($"The graph has no node '{name}', which another one reads.");
            foreach (var input in node.Inputs) Visit(TfjsNode.Owner(input));
            order.Add(node);
        }
    }

    private void ReadWeights(JsonElement group, string folder)
    {
        var files = group.GetProperty("paths").EnumerateArray().Select(p => p.GetString()!).ToList();
        if (files.Count != 1) throw new ConversionException($"One weight file is expected, but the model names {files.Count}.");
        var path = Path.Combine(folder, files[0]);
        if (!File.Exists(path)) throw new ConversionException($"The weight file {path} is missing.");

        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        foreach (var item in group.GetProperty("weights").EnumerateArray())
        {
            var name = item.GetProperty("name").GetString()!;
            var shape = item.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
            var type = item.GetProperty("dtype").GetString();
            if (item.TryGetProperty("quantization", out var quantization)) type = quantization.GetProperty("dtype").GetString();
            weights.Add(name, ReadWeight(name, shape, type, ref rest));
        }
        if (!rest.IsEmpty)
            throw new ConversionException($"The weight file {path} has {rest.Length} bytes more than its list of weights.");
    }

    private static TfjsWeight ReadWeight(string name, long[] shape, string? type, ref ReadOnlySpan<byte> rest)
    {
        var count = checked((int)shape.Aggregate(1L, (product, size) => product * size));
        var size = type switch
        {
            "float16" => 2,
            "float32" or "int32" => 4,
            _ => throw new ConversionException($"Weight '{name}' is of type '{type}'; float16, float32 and int32 are known."),
        };
        if (rest.Length < count * size) throw new ConversionException($"The weight file ends within weight '{name}'.");
        var bytes = rest[..(count * size)];
        rest = rest[(count * size)..];

        if (type == "int32")
        {
            // ONNX wants indices, shapes and axes as int64, so all whole numbers become that.
            var integers = new long[count];
            for (var i = 0; i < count; i++) integers[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * size)..]);
            return new TfjsWeight(shape, null, integers);
        }
        var floats = new float[count];
        for (var i = 0; i < count; i++)
        {
            var at = bytes[(i * size)..];
            floats[i] = type == "float16"
                ? (float)BinaryPrimitives.ReadHalfLittleEndian(at)
                : BinaryPrimitives.ReadSingleLittleEndian(at);
        }
        return new TfjsWeight(shape, floats, null);
    }
}
