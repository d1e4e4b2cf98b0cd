namespace Weir.Vision.Models;

/// <summary>How a picture goes into a model.</summary>
public sealed record ModelInputDescription
{
    private const int MaxSide = 4096;

    /// <summary>The name of the input tensor in the ONNX file.</summary>
    public required string Tensor { get; init; }

    /// <summary>Columns of the input, 16 to 4,096.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of the input, 16 to 4,096.</summary>
    public required int Height { get; init; }

    /// <summary>The type of an element.</summary>
    public required InputElement Element { get; init; }

    /// <summary>The order of the elements.</summary>
    public required InputLayout Layout { get; init; }

    /// <summary>The order of the colours.</summary>
    public required InputColour Colour { get; init; }

    /// <summary>How a picture of another shape is made to fit.</summary>
    public required PictureFit Fit { get; init; }

    /// <summary>
    /// A float element is the pixel's byte (0..255) times this, plus <see cref="Offset"/>, minus <see cref="Mean"/>,
    /// divided by <see cref="Deviation"/>.
    /// </summary>
    public float Scale { get; init; } = 1;

    /// <summary>See <see cref="Scale"/>.</summary>
    public float Offset { get; init; }

    /// <summary>See <see cref="Scale"/>: one number a colour in the order of <see cref="Colour"/>; null for zeros.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>See <see cref="Scale"/>: one number a colour in the order of <see cref="Colour"/>, none of them 0; null for ones.</summary>
    public IReadOnlyList<float>? Deviation { get; init; }

    /// <summary>
    /// The most pictures that go through the model at a time, 1 to 64. Only for an ONNX file that leaves it open; null
    /// has it found by measuring there, and is what the file says elsewhere.
    /// </summary>
    public int? Batch { get; init; }

    internal PictureSize Size => new(Width, Height);

    /// <summary>The shape of the tensor for so many pictures.</summary>
    internal long[] ShapeOf(int pictures) => Layout == InputLayout.Nhwc ? [pictures, Height, Width, 3] : [pictures, 3, Height, Width];

    /// <summary>Whether pixels that were made for another input can go in as they are.</summary>
    internal bool HasPixelsOf(ModelInputDescription other) =>
        (Width, Height, Colour, Fit) == (other.Width, other.Height, other.Colour, other.Fit)
        && (other.Element == InputElement.Float || Element == InputElement.Byte);

    /// <summary>The factor and the summand that make an element of a colour (0 to 2) from its byte.</summary>
    internal (float Factor, float Summand) Conversion(int colour)
    {
        var deviation = Deviation?[colour] ?? 1;
        return (Scale / deviation, (Offset - (Mean?[colour] ?? 0)) / deviation);
    }

    internal string? Fault()
    {
        if (string.IsNullOrWhiteSpace(Tensor)) return "input.tensor must not be empty.";
        if (Width is < 16 or > MaxSide) return $"input.width must be between 16 and {MaxSide}, but is {Width}.";
        if (Height is < 16 or > MaxSide) return $"input.height must be between 16 and {MaxSide}, but is {Height}.";
        if (Batch is < 1 or > BatchTuning.MostPictures) return $"input.batch must be between 1 and {BatchTuning.MostPictures}, but is {Batch}.";
        if (!float.IsFinite(Scale) || Scale == 0) return $"input.scale must be a number other than 0, but is {Scale}.";
        if (!float.IsFinite(Offset)) return $"input.offset must be a number, but is {Offset}.";
        if (Mean is not null && (Mean.Count != 3 || !Mean.All(float.IsFinite))) return "input.mean must have three numbers, one a colour.";
        if (Deviation is not null && (Deviation.Count != 3 || !Deviation.All(value => float.IsFinite(value) && value != 0)))
            return "input.deviation must have three numbers other than 0, one a colour.";
        if (Element == InputElement.Byte && (Layout != InputLayout.Nhwc || Scale != 1 || Offset != 0 || Mean is not null || Deviation is not null))
            return "input.element byte takes the pixels as they are: layout must be nhwc, scale 1 and offset 0, without mean and deviation.";
        return null;
    }
}

/// <summary>The type of an input element.</summary>
public enum InputElement
{
    /// <summary>An unsigned byte: the pixels go in as they are decoded, which costs nothing.</summary>
    Byte,

    /// <summary>A 32-bit float.</summary>
    Float,
}

/// <summary>The order of an input's elements.</summary>
public enum InputLayout
{
    /// <summary>Row by row, the three colours of a pixel side by side (TensorFlow).</summary>
    Nhwc,

    /// <summary>One plane a colour (PyTorch).</summary>
    Nchw,
}

/// <summary>The order of the colours.</summary>
public enum InputColour
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,
}

/// <summary>How a picture of another shape is made to fit the input.</summary>
public enum PictureFit
{
    /// <summary>Both sides are scaled to the input's; shapes are distorted.</summary>
    Stretch,

    /// <summary>The picture keeps its shape, in the middle; the rest is grey (114).</summary>
    Letterbox,

    /// <summary>The picture keeps its shape, in the upper left corner; the rest is grey (114). Of readers of text.</summary>
    Corner,
}
