namespace Weir.Vision.Decode.Nut;

/// <summary>The bytes are not a NUT stream that we can follow; nothing after them can be trusted.</summary>
internal sealed class NutException(string message) : IOException($"The decoder's output is damaged: {message}");
