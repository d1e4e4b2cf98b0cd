namespace Weir.ModelConverter;

/// <summary>
/// Turns the nodes of a TensorFlow.js graph into ONNX nodes, one kind after the other. Tensors keep TensorFlow's NHWC
/// order; what ONNX defines for NCHW only stands between two transposes (<see cref="Channels"/>), which ONNX Runtime
/// moves together and removes when it loads the file.
/// </summary>
internal sealed class GraphConverter
{
    private readonly TfjsModel model;
    private readonly OnnxGraph graph;

    private GraphConverter(TfjsModel model, string name)
    {
        this.model = model;
        graph = new OnnxGraph(name);
    }

    /// <summary>Converts what one output needs. The input takes bytes, so that a decoded picture goes in as it is.</summary>
    public static byte[] Convert(TfjsModel model, string name, string output)
    {
        var converter = new GraphConverter(model, name);
        foreach (var node in model.NodesFor(output))
        {
            try
            {
                converter.Convert(node);
            }
            catch (Exception error) when (error is IndexOutOfRangeException or ArgumentException or FormatException or KeyNotFoundException)
            {
                throw new ConversionException($"{node} is not formed as expected: {error.Message}", error);
            }
        }
        converter.graph.Output(output, OnnxType.Single, model.OutputShape(output));
        return converter.graph.ToModel();
    }

    private void Convert(TfjsNode node)
    {
        switch (node.Operation)
        {
            case "Const": break;
            case "Placeholder": Placeholder(node); break;
            case "_FusedConv2D" or "Conv2D": Convolution(node, depthwise: false); break;
            case "FusedDepthwiseConv2dNative" or "DepthwiseConv2dNative": Convolution(node, depthwise: true); break;
            case "MaxPool": MaxPool(node); break;
            case "ResizeBilinear": Resize(node); break;
            case "Add" or "AddV2" or "BiasAdd": Same(node, "Add"); break;
            case "Sub" or "Mul" or "Relu" or "Sigmoid" or "Identity" or "Equal": Same(node, node.Operation); break;
            case "FloorDiv": Same(node, "Div"); break;
            case "FloorMod": Same(node, "Mod"); break;
            case "Relu6": Clip6(Read(node, 0), node.Name); break;
            case "Mean": Mean(node); break;
            case "ConcatV2": Concat(node); break;
            case "Reshape": graph.Node("Reshape", [Read(node, 0), Vector(node, 1)], [node.Name]); break;
            case "ExpandDims": graph.Node("Unsqueeze", [Read(node, 0), Vector(node, 1)], [node.Name]); break;
            case "Cast": Cast(node); break;
            case "TopKV2": graph.Node("TopK", [Read(node, 0), Vector(node, 1)], [node.Name, node.Name + ":1"]); break;
            case "GatherV2": Gather(node); break;
            case "StridedSlice": Slice(node); break;
            default: throw new ConversionException($"{node}: this kind of node is not known to the converter.");
        }
    }

    private void Placeholder(TfjsNode node)
    {
        graph.Input(node.Name + Bytes, OnnxType.Byte, node.Shape("shape"));
        graph.Node("Cast", [node.Name + Bytes], [node.Name], ("to", (long)OnnxType.Single));
    }

    /// <summary>The name of the byte input, after that of the placeholder that it feeds.</summary>
    public const string Bytes = "_bytes";

    private void Convolution(TfjsNode node, bool depthwise)
    {
        var weight = model.Weight(node.Inputs[1])
            ?? throw new ConversionException($"{node}: its filter must be a weight, not a computed tensor.");
        var (shape, values) = depthwise ? Filter.Depthwise(weight) : Filter.Full(weight);
        var fused = node.Texts("fused_ops").ToList();
        List<string> inputs = [Channels(Read(node, 0), node.Name + "/nchw"), graph.Constant(node.Name + "/filter", shape, values)];
        if (fused.Remove("BiasAdd")) inputs.Add(Read(node, 2));

        var result = graph.Node("Conv", [.. inputs], [node.Name + "/conv"],
            ("auto_pad", Padding(node)), ("strides", Spatial(node, "strides")), ("dilations", Spatial(node, "dilations")),
            ("group", depthwise ? weight.Shape[2] : 1L));
        foreach (var activation in fused)
        {
            result = activation switch
            {
                "Relu" => graph.Node("Relu", [result], [result + "/relu"]),
                "Relu6" => Clip6(result, result + "/relu6"),
                _ => throw new ConversionException($"{node}: the fused activation '{activation}' is not known; Relu and Relu6 are."),
            };
        }
        NoChannels(result, node.Name);
    }

    private void MaxPool(TfjsNode node)
    {
        var result = graph.Node("MaxPool", [Channels(Read(node, 0), node.Name + "/nchw")], [node.Name + "/pool"],
            ("kernel_shape", Spatial(node, "ksize")), ("strides", Spatial(node, "strides")), ("auto_pad", Padding(node)));
        NoChannels(result, node.Name);
    }

    private void Resize(TfjsNode node)
    {
        // The new size is [height, width]; ONNX wants all four, and the first two are those of the input.
        var input = Channels(Read(node, 0), node.Name + "/nchw");
        var all = graph.Node("Shape", [input], [node.Name + "/shape"]);
        var (zero, two) = (graph.Constant("/zero", [1], [0L]), graph.Constant("/two", [1], [2L]));
        var kept = graph.Node("Slice", [all, zero, two], [node.Name + "/kept"]);
        var sizes = graph.Node("Concat", [kept, Vector(node, 1)], [node.Name + "/sizes"], ("axis", 0L));
        var coordinates = node.Flag("align_corners") ? "align_corners"
            : node.Flag("half_pixel_centers") ? "half_pixel"
            : "asymmetric";
        var result = graph.Node("Resize", [input, "", "", sizes], [node.Name + "/resized"],
            ("mode", "linear"), ("coordinate_transformation_mode", coordinates));
        NoChannels(result, node.Name);
    }

    private void Mean(TfjsNode node) =>
        graph.Node("ReduceMean", [Read(node, 0)], [node.Name],
            ("axes", Integers(node, 1)), ("keepdims", node.Flag("keep_dims") ? 1L : 0L));

    /// <summary>The last input is the axis.</summary>
    private void Concat(TfjsNode node)
    {
        var count = node.Inputs.Count - 1;
        string[] inputs = [.. Enumerable.Range(0, count).Select(i => Read(node, i))];
        graph.Node("Concat", inputs, [node.Name], ("axis", Integers(node, count)[0]));
    }

    private void Cast(TfjsNode node)
    {
        var to = node.Type("DstT") switch
        {
            "DT_FLOAT" => OnnxType.Single,
            "DT_INT32" or "DT_INT64" => OnnxType.Int64,
            var other => throw new ConversionException($"{node}: a cast to {other} is not known; DT_FLOAT, DT_INT32 and DT_INT64 are."),
        };
        graph.Node("Cast", [Read(node, 0)], [node.Name], ("to", (long)to));
    }

    private void Gather(TfjsNode node)
    {
        if (node.Integer("batch_dims") != 0)
            throw new ConversionException($"{node}: batch_dims must be 0, but is {node.Integer("batch_dims")}.");
        graph.Node("Gather", [Read(node, 0), Read(node, 1)], [node.Name], ("axis", Integers(node, 2)[0]));
    }

    private void Slice(TfjsNode node)
    {
        foreach (var mask in (ReadOnlySpan<string>)["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"])
            if (node.Integer(mask) != 0)
                throw new ConversionException($"{node}: {mask} must be 0, but is {node.Integer(mask)}.");

        long[] begin = [.. Integers(node, 1)], end = [.. Integers(node, 2)];
        long[] axes = [.. Enumerable.Range(0, begin.Length).Select(axis => (long)axis)];
        for (var axis = 0; axis < begin.Length; axis++)
        {
            if ((node.Integer("begin_mask") >> axis & 1) == 1) begin[axis] = 0;
            if ((node.Integer("end_mask") >> axis & 1) == 1) end[axis] = long.MaxValue;
        }
        long[] length = [begin.Length];
        graph.Node("Slice",
            [Read(node, 0), graph.Constant(node.Name + "/begin", length, begin), graph.Constant(node.Name + "/end", length, end),
             graph.Constant(node.Name + "/axes", length, axes), graph.Constant(node.Name + "/steps", length, Integers(node, 3))],
            [node.Name]);
    }

    private void Same(TfjsNode node, string operation) =>
        graph.Node(operation, [.. Enumerable.Range(0, node.Inputs.Count).Select(i => Read(node, i))], [node.Name]);

    private string Clip6(string input, string output) =>
        graph.Node("Clip", [input, graph.Constant("/0", [], [0f]), graph.Constant("/6", [], [6f])], [output]);

    private string Channels(string nhwc, string output) =>
        graph.Node("Transpose", [nhwc], [output], ("perm", (long[])[0, 3, 1, 2]));

    private void NoChannels(string nchw, string output) =>
        graph.Node("Transpose", [nchw], [output], ("perm", (long[])[0, 2, 3, 1]));

    /// <summary>An input of a node; a weight is put into the graph when it is first read.</summary>
    private string Read(TfjsNode node, int input)
    {
        var tensor = node.Inputs[input];
        return model.Weight(tensor) switch
        {
            { Floats: { } floats } weight => graph.Constant(tensor, weight.Shape, floats),
            { Integers: { } integers } weight => graph.Constant(tensor, weight.Shape, integers),
            _ => tensor,
        };
    }

    private long[] Integers(TfjsNode node, int input) =>
        model.Weight(node.Inputs[input])?.Integers
        ?? throw new ConversionException($"{node}: input {input} ('{node.Inputs[input]}') must be a constant of whole numbers.");

    /// <summary>
    /// A constant as a list, even where TensorFlow has a single number: ONNX takes axes, counts and shapes as lists.
    /// </summary>
    private string Vector(TfjsNode node, int input)
    {
        var values = Integers(node, input);
        return graph.Constant(node.Inputs[input] + "/list", [values.Length], values);
    }

    private static string Padding(TfjsNode node) => node.Text("padding") switch
    {
        "SAME" => "SAME_UPPER",
        "VALID" => "VALID",
        var other => throw new ConversionException($"{node}: padding '{other}' is not known; SAME and VALID are."),
    };

    private static long[] Spatial(TfjsNode node, string attribute) =>
        node.Integers(attribute) is [1, var height, var width, 1]
            ? [height, width]
            : throw new ConversionException($"{node}: {attribute} must be [1, height, width, 1].");
}
