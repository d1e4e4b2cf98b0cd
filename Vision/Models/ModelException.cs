namespace Weir.Vision.Models;

/// <summary>A model folder cannot be used; the message says which file or tensor is wrong and what is allowed.</summary>
public sealed class ModelException(string message, Exception? inner = null) : Exception(message, inner);
