namespace Weir.Vision.Models;

/// <summary>How a full picture lies on a model's input, and the way back for boxes.</summary>
internal readonly record struct PictureGeometry(float OffsetX, float OffsetY, float Width, float Height)
{
    /// <summary>Offsets and sizes are parts (0..1) of the input that the picture covers.</summary>
    public static PictureGeometry Of(ModelInputDescription input, PictureSize picture)
    {
        if (input.Fit == PictureFit.Stretch) return new PictureGeometry(0, 0, 1, 1);
        var (width, height) = Letterbox(input.Size, picture);
        if (input.Fit == PictureFit.Corner)
            return new PictureGeometry(0, 0, (float)width / input.Width, (float)height / input.Height);
        return new PictureGeometry(
            (input.Width - width) / 2 / (float)input.Width, (input.Height - height) / 2 / (float)input.Height,
            (float)width / input.Width, (float)height / input.Height);
    }

    /// <summary>The size in pixels that a picture has within the input when it keeps its shape.</summary>
    public static PictureSize Letterbox(PictureSize input, PictureSize picture)
    {
        var scale = Math.Min((double)input.Width / picture.Width, (double)input.Height / picture.Height);
        return new PictureSize(
            Math.Clamp((int)Math.Round(picture.Width * scale), 1, input.Width),
            Math.Clamp((int)Math.Round(picture.Height * scale), 1, input.Height));
    }

    /// <summary>From parts of the input to parts of the full picture.</summary>
    public Box ToPicture(Box box) => new Box(
        (box.Left - OffsetX) / Width, (box.Top - OffsetY) / Height,
        (box.Right - OffsetX) / Width, (box.Bottom - OffsetY) / Height).Clamp();
}
