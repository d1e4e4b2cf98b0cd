namespace Weir.Archive;

/// <summary>An exchange has no room for messages just now and refuses them; the message says why. A gap says so too.</summary>
public sealed class ExchangeFullException(string message) : InvalidOperationException(message);
