using System.Runtime.InteropServices;

namespace Weir.ModelConverter;

/// <summary>What a tensor holds, by the numbers of ONNX's <c>TensorProto.DataType</c>.</summary>
internal enum OnnxType
{
    Single = 1,
    Byte = 2,
    Int64 = 7,
}

/// <summary>
/// An ONNX graph that grows node by node and is written as a ModelProto. Field numbers are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxGraph(string name)
{
    /// <summary>IR 8 and operator set 13 are from 2021/22: any ONNX Runtime of today reads them.</summary>
    private const int IrVersion = 8;
    private const int OperatorSet = 13;

    private readonly ProtobufWriter graph = new();
    private readonly HashSet<string> initializers = new(StringComparer.Ordinal);
    private int nodes;

    /// <summary>Adds an input of the whole graph.</summary>
    public void Input(string tensor, OnnxType type, ReadOnlySpan<long> shape) =>
        graph.Message(11, ValueInfo(tensor, type, shape));

    /// <summary>Adds an output of the whole graph.</summary>
    public void Output(string tensor, OnnxType type, ReadOnlySpan<long> shape) =>
        graph.Message(12, ValueInfo(tensor, type, shape));

    /// <summary>Adds a constant of floats, once a name, and gives its name back.</summary>
    public string Constant(string tensor, ReadOnlySpan<long> shape, ReadOnlySpan<float> values) =>
        Constant(tensor, OnnxType.Single, shape, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a constant of whole numbers, once a name, and gives its name back.</summary>
    public string Constant(string tensor, ReadOnlySpan<long> shape, ReadOnlySpan<long> values) =>
        Constant(tensor, OnnxType.Int64, shape, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a node. An attribute is a whole number, a list of them, or a text.</summary>
    /// <returns>The first output.</returns>
    public string Node(
        string operation, string[] inputs, string[] outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new ProtobufWriter();
        foreach (var input in inputs) node.Text(1, input);
        foreach (var output in outputs) node.Text(2, output);
        node.Text(3, $"{operation}_{nodes++}");
        node.Text(4, operation);
        foreach (var (attribute, value) in attributes) node.Message(5, Attribute(attribute, value));
        graph.Message(1, node);
        return outputs[0];
    }

    /// <summary>The whole file.</summary>
    public byte[] ToModel()
    {
        graph.Text(2, name);
        var operators = new ProtobufWriter();
        operators.Text(1, "");
        operators.Integer(2, OperatorSet);
        var model = new ProtobufWriter();
        model.Integer(1, IrVersion);
        model.Text(2, "weir-model-converter");
        model.Message(7, graph);
        model.Message(8, operators);
        return model.Written.ToArray();
    }

    private string Constant(string tensor, OnnxType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> values)
    {
        if (!initializers.Add(tensor)) return tensor;
        var constant = new ProtobufWriter();
        foreach (var size in shape) constant.Integer(1, size);
        constant.Integer(2, (long)type);
        constant.Text(8, tensor);
        constant.Bytes(9, values);
        graph.Message(5, constant);
        return tensor;
    }

    private static ProtobufWriter Attribute(string name, object value)
    {
        var attribute = new ProtobufWriter();
        attribute.Text(1, name);
        switch (value)
        {
            case long number:
                attribute.Integer(3, number);
                attribute.Integer(20, 2);
                break;
            case string text:
                attribute.Text(4, text);
                attribute.Integer(20, 3);
                break;
            case long[] numbers:
                foreach (var number in numbers) attribute.Integer(8, number);
                attribute.Integer(20, 7);
                break;
            default:
                throw new ArgumentException(
                    $"An attribute is a long, a long[] or a string, not {value.GetType().Name}.", nameof(value));
        }
        return attribute;
    }

    private static ProtobufWriter ValueInfo(string tensor, OnnxType type, ReadOnlySpan<long> shape)
    {
        var dimensions = new ProtobufWriter();
        foreach (var size in shape)
        {
            var dimension = new ProtobufWriter();
            // A size below 0 is one that the file leaves open, under a name.
            if (size < 0) dimension.Text(2, $"size{-size}");
            else dimension.Integer(1, size);
            dimensions.Message(1, dimension);
        }
        var tensorType = new ProtobufWriter();
        tensorType.Integer(1, (long)type);
        tensorType.Message(2, dimensions);
        var valueType = new ProtobufWriter();
        valueType.Message(1, tensorType);
        var value = new ProtobufWriter();
        value.Text(1, tensor);
        value.Message(2, valueType);
        return value;
    }
}
