using Orleans.Runtime;

namespace Orleans
{
    /// <summary>The mark of every grain interface. Use one of the interfaces that say what kind of key it has.</summary>
    public interface IGrain : IAddressable
    {
    }

    /// <summary>A grain interface whose key is a GUID.</summary>
    public interface IGrainWithGuidKey : IGrain
    {
    }

    /// <summary>A grain interface whose key is a GUID with an extension.</summary>
    public interface IGrainWithGuidCompoundKey : IGrain
    {
    }

    /// <summary>A grain interface whose key is a number.</summary>
    public interface IGrainWithIntegerKey : IGrain
    {
    }

    /// <summary>A grain interface whose key is a number with an extension.</summary>
    public interface IGrainWithIntegerCompoundKey : IGrain
    {
    }

    /// <summary>A grain interface whose key is text.</summary>
    public interface IGrainWithStringKey : IGrain
    {
    }

    /// <summary>
    /// An interface that objects outside grains implement, to be called by grains through a reference that
    /// <see cref="IGrainFactory.CreateObjectReference{TGrainObserverInterface}"/> gives.
    /// </summary>
    public interface IGrainObserver : IAddressable
    {
    }
}

namespace Orleans.Runtime
{
    /// <summary>What can be called across turns: grains, observers and references to them.</summary>
    public interface IAddressable
    {
    }
}
