namespace Weir.Vision.Decode.Nut;

/// <summary>The header of one frame; its bytes follow in the stream.</summary>
/// <param name="Stream">The stream's number.</param>
/// <param name="Time">Presentation time in µs.</param>
/// <param name="Size">Bytes of the frame.</param>
/// <param name="Elided">The first of these bytes, which are left out of the stream; usually none.</param>
internal readonly record struct NutPacket(int Stream, long Time, int Size, ReadOnlyMemory<byte> Elided);
