namespace Weir.Mqtt;

/// <summary>A name and a value that the publisher adds to a message; names may repeat, and their order is kept.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public readonly record struct UserProperty(string Name, string Value);
