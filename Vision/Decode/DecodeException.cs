namespace Weir.Vision.Decode;

/// <summary>Decoding cannot begin or go on; the message is fit to be shown.</summary>
internal sealed class DecodeException(string message, Exception? inner = null) : Exception(message, inner);
