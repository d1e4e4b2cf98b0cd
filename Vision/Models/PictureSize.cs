namespace Weir.Vision.Models;

/// <summary>The size of a picture in pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PictureSize(int Width, int Height)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Width}x{Height}";
}
