namespace Weir.Vision.Models;

/// <summary>
/// Brings a part of a picture to another size: pixels that become smaller are averaged, those that become larger are
/// drawn between their neighbours. Pixels are three bytes, row by row.
/// </summary>
internal static class Resampling
{
    private const byte Grey = 114;

    /// <summary>Fills a model's input with a part of a picture.</summary>
    /// <param name="source">Pixels of the whole picture in the order red, green, blue.</param>
    /// <param name="size">Its size.</param>
    /// <param name="part">Which part of it, in pixels; within the picture and not empty.</param>
    /// <param name="upsideDown">Whether it is turned by half a circle.</param>
    /// <param name="input">The form of the input.</param>
    /// <param name="target">Its pixels.</param>
    public static void Crop(
        ReadOnlySpan<byte> source, PictureSize size, PixelArea part, bool upsideDown, ModelInputDescription input, Span<byte> target)
    {
        var place = Place(input, new PictureSize(part.Width, part.Height));
        if (place.Width < input.Width || place.Height < input.Height) target.Fill(Grey);
        Scale(source, size.Width, part, upsideDown, target, input.Width, place, swap: input.Colour == InputColour.Bgr);
    }

    /// <summary>Brings an input's pixels into the form of another input.</summary>
    /// <param name="from">The form that they have.</param>
    /// <param name="source">They.</param>
    /// <param name="to">The form that they are to have.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="picture">The size of the full picture that they show.</param>
    public static void Between(
        ModelInputDescription from, ReadOnlySpan<byte> source, ModelInputDescription to, Span<byte> target, PictureSize picture)
    {
        var place = Place(to, picture);
        if (place.Width < to.Width || place.Height < to.Height) target.Fill(Grey);
        Scale(source, from.Width, Place(from, picture), upsideDown: false, target, to.Width, place, swap: from.Colour != to.Colour);
    }

    private static PixelArea Place(ModelInputDescription input, PictureSize picture)
    {
        if (input.Fit == PictureFit.Stretch) return new PixelArea(0, 0, input.Width, input.Height);
        var (width, height) = PictureGeometry.Letterbox(input.Size, picture);
        return input.Fit == PictureFit.Corner
            ? new PixelArea(0, 0, width, height)
            : new PixelArea((input.Width - width) / 2, (input.Height - height) / 2, width, height);
    }

    private static void Scale(
        ReadOnlySpan<byte> source, int sourceWidth, PixelArea part, bool upsideDown,
        Span<byte> target, int targetWidth, PixelArea place, bool swap)
    {
        var columns = Taps(part.Width, place.Width);
        var rows = Taps(part.Height, place.Height);
        for (var y = 0; y < place.Height; y++)
        {
            var line = rows[upsideDown ? place.Height - 1 - y : y];
            var output = target.Slice(((place.Top + y) * targetWidth + place.Left) * 3, place.Width * 3);
            for (var x = 0; x < place.Width; x++)
            {
                var column = columns[upsideDown ? place.Width - 1 - x : x];
                var (first, second, third) = (0f, 0f, 0f);
                for (var dy = 0; dy < line.Count; dy++)
                {
                    var row = source[((part.Top + line.First + dy) * sourceWidth * 3)..];
                    var weightY = line.Weight(dy);
                    for (var dx = 0; dx < column.Count; dx++)
                    {
                        var at = (part.Left + column.First + dx) * 3;
                        var weight = weightY * column.Weight(dx);
                        first += row[at] * weight;
                        second += row[at + 1] * weight;
                        third += row[at + 2] * weight;
                    }
                }
                var pixel = output.Slice(x * 3, 3);
                (pixel[0], pixel[1], pixel[2]) = swap
                    ? (Round(third), Round(second), Round(first))
                    : (Round(first), Round(second), Round(third));
            }
        }
    }

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    /// <summary>For each place of the target: which of the source's it is made from, and how.</summary>
    private static Tap[] Taps(int source, int target)
    {
        var taps = new Tap[target];
        var ratio = (float)source / target;
        for (var i = 0; i < target; i++)
        {
            if (ratio > 1)
            {
                var first = (int)(i * ratio);
                var count = Math.Max(1, Math.Min(source, (int)MathF.Ceiling((i + 1) * ratio)) - first);
                taps[i] = new Tap(first, count, float.NaN);
                continue;
            }
            var middle = Math.Clamp((i + 0.5f) * ratio - 0.5f, 0, source - 1);
            var left = Math.Min((int)middle, Math.Max(0, source - 2));
            taps[i] = new Tap(left, Math.Min(2, source), middle - left);
        }
        return taps;
    }

    /// <param name="First">The first place.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Part">The weight of the second of two; not a number where all weigh the same.</param>
    private readonly record struct Tap(int First, int Count, float Part)
    {
        public float Weight(int index) => float.IsNaN(Part) ? 1f / Count : Count == 1 ? 1 : index == 0 ? 1 - Part : Part;
    }
}

/// <summary>A rectangle of pixels.</summary>
/// <param name="Left">Its first column.</param>
/// <param name="Top">Its first row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct PixelArea(int Left, int Top, int Width, int Height)
{
    /// <summary>A box of a picture in pixels, grown by a part of its own size on each side and cut at the picture's edges; at least one pixel.</summary>
    public static PixelArea Of(Box box, PictureSize picture, float margin)
    {
        var (x, y) = ((box.Right - box.Left) * margin, (box.Bottom - box.Top) * margin);
        var left = Math.Clamp((int)((box.Left - x) * picture.Width), 0, picture.Width - 1);
        var top = Math.Clamp((int)((box.Top - y) * picture.Height), 0, picture.Height - 1);
        var right = Math.Clamp((int)MathF.Ceiling((box.Right + x) * picture.Width), left + 1, picture.Width);
        var bottom = Math.Clamp((int)MathF.Ceiling((box.Bottom + y) * picture.Height), top + 1, picture.Height);
        return new PixelArea(left, top, right - left, bottom - top);
    }

    /// <summary>A box in parts of this area as one in parts of the picture.</summary>
    public Box ToPicture(Box box, PictureSize picture) => new Box(
        (Left + box.Left * Width) / picture.Width, (Top + box.Top * Height) / picture.Height,
        (Left + box.Right * Width) / picture.Width, (Top + box.Bottom * Height) / picture.Height).Clamp();
}
