namespace Weir.ModelConverter;

/// <summary>The model cannot be converted; the message says what is wrong, where, and what to do.</summary>
internal sealed class ConversionException(string message, Exception? inner = null) : Exception(message, inner);
