using Weir.Vision.Models;

namespace Weir.Vision.Cascades;

/// <summary>A frame at the size at which parts are cut out of it: three bytes a pixel, red, green, blue, row by row.</summary>
internal readonly record struct FullFrame(ReadOnlyMemory<byte> Pixels, PictureSize Size);
