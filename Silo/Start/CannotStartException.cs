namespace Weir.Silo.Start;

/// <summary>The site cannot start; the message tells a person what is wrong and what to do, in a sentence or two.</summary>
internal sealed class CannotStartException(string message) : Exception(message);
