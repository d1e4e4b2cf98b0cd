using Orleans.Providers;

namespace Orleans.Runtime;

/// <summary>What runs on the silo; the grain of this interface with key 0.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    /// <summary>The silos with their states.</summary>
    Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false);

    /// <summary>Collects what garbage there is in the process.</summary>
    Task ForceGarbageCollection(SiloAddress[] hostsIds);

    /// <summary>Ends activations that have been idle for that long.</summary>
    Task ForceActivationCollection(SiloAddress[] hostsIds, TimeSpan ageLimit);

    /// <summary>
    /// Ends activations that have been idle for that long, and waits until they have ended. Those of classes with
    /// <see cref="KeepAliveAttribute"/> and those whose end is delayed stay.
    /// </summary>
    Task ForceActivationCollection(TimeSpan ageLimit);

    /// <summary>How many activations each class has.</summary>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics(SiloAddress[] hostsIds);

    /// <summary>How many activations each class has.</summary>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    /// <summary>All activations, or those of classes with these full names.</summary>
    Task<DetailedGrainStatistic[]> GetDetailedGrainStatistics(string[]? types = null, SiloAddress[]? hostsIds = null);

    /// <summary>The count of activations of one grain.</summary>
    Task<int> GetGrainActivationCount(GrainReference grainReference);

    /// <summary>The count of all activations.</summary>
    Task<int> GetTotalActivationCount();

    /// <summary>Sends a command to a provider of that very class; the results, one from each silo.</summary>
    Task<object[]> SendControlCommandToProvider<T>(string providerName, int command, object? arg = null)
        where T : IControllable;

    /// <summary>The silo on which a grain is active, null if it is not.</summary>
    ValueTask<SiloAddress?> GetActivationAddress(IAddressable reference);

    /// <summary>The active grains of that type.</summary>
    ValueTask<List<GrainId>> GetActiveGrains(GrainType type);
}

/// <summary>How many activations a class has. Immutable.</summary>
[Immutable, GenerateSerializer]
public sealed class SimpleGrainStatistic
{
    /// <summary>The full name of the class.</summary>
    [Id(0)]
    public string GrainType { get; init; } = "";

    /// <summary>The silo.</summary>
    [Id(1)]
    public SiloAddress SiloAddress { get; init; } = SiloAddress.Zero;

    /// <summary>The count of activations.</summary>
    [Id(2)]
    public int ActivationCount { get; init; }

    /// <summary>Class, silo and count.</summary>
    public override string ToString() =>
        $"SimpleGrainStatistic: GrainType={GrainType} Silo={SiloAddress} NumActivations={ActivationCount}";
}

/// <summary>An activation. Immutable.</summary>
[Immutable, GenerateSerializer]
public sealed class DetailedGrainStatistic
{
    /// <summary>The full name of the class.</summary>
    [Id(0)]
    public string GrainType { get; init; } = "";

    /// <summary>The silo.</summary>
    [Id(1)]
    public SiloAddress SiloAddress { get; init; } = SiloAddress.Zero;

    /// <summary>The grain.</summary>
    [Id(2)]
    public GrainId GrainId { get; init; }
}

/// <summary>The states of a silo.</summary>
public enum SiloStatus
{
    /// <summary>Unknown.</summary>
    None = 0,

    /// <summary>Made.</summary>
    Created = 1,

    /// <summary>Starting.</summary>
    Joining = 2,

    /// <summary>Up.</summary>
    Active = 3,

    /// <summary>Stopping in good order.</summary>
    ShuttingDown = 4,

    /// <summary>Stopping at once.</summary>
    Stopping = 5,

    /// <summary>Down.</summary>
    Dead = 6,
}

/// <summary>The silo of this process.</summary>
public interface ILocalSiloDetails
{
    /// <summary>The silo's name.</summary>
    string Name { get; }

    /// <summary>The cluster's name.</summary>
    string ClusterId { get; }

    /// <summary>The name of the machine.</summary>
    string DnsHostName { get; }

    /// <summary>The silo's address.</summary>
    SiloAddress SiloAddress { get; }
}
