namespace Orleans.Runtime;

/// <summary>
/// The mark of interfaces that an activation answers by an object beside the grain's own; such objects are the keyed
/// services <see cref="IGrainExtension"/> of their interface.
/// </summary>
public interface IGrainExtension : IAddressable
{
}
