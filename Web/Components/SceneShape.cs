using Weir.Grains.Interfaces.Cameras;

namespace Weir.Web.Components;

/// <summary>A zone, a mask or a line on the picture.</summary>
/// <param name="Kind"><c>zone</c>, <c>mask</c> or <c>line</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Points">Its corners or ends.</param>
public sealed record SceneShape(string Kind, string Name, IReadOnlyList<PicturePoint> Points);
