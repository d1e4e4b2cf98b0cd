namespace Weir.Vision.Scene;

/// <summary>A place on the picture: 0 is the left or upper edge, 1 the right or lower one.</summary>
public readonly record struct ScenePoint(float X, float Y)
{
    internal bool IsOnPicture => X is >= 0 and <= 1 && Y is >= 0 and <= 1;
}
