using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Checks the options of the silo before it starts.</summary>
internal sealed class SiloOptionsValidator(
    IOptions<ClusterOptions> cluster, IOptions<GrainCollectionOptions> collection,
    IOptions<SiloMessagingOptions> messaging)
    : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        CheckName("ClusterId", cluster.Value.ClusterId);
        CheckName("ServiceId", cluster.Value.ServiceId);
        Check(collection.Value);
        Check(messaging.Value);
    }

    private static void CheckName(string option, string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw Wrong($"ClusterOptions.{option} must be a name, but is empty");
    }

    private static void Check(GrainCollectionOptions options)
    {
        var quantum = options.CollectionQuantum;
        if (quantum <= TimeSpan.Zero)
        {
            throw Wrong($"GrainCollectionOptions.CollectionQuantum must be more than zero, but is {quantum}");
        }

        if (options.CollectionAge <= quantum)
        {
            throw Wrong(
                "GrainCollectionOptions.CollectionAge must be more than its CollectionQuantum, which is "
                + $"{quantum}, but is {options.CollectionAge}");
        }

        foreach (var (name, age) in options.ClassSpecificCollectionAge)
        {
            if (age <= quantum)
            {
                throw Wrong(
                    $"GrainCollectionOptions.ClassSpecificCollectionAge of '{name}' must be more than CollectionQuantum, "
                    + $"which is {quantum}, but is {age}");
            }
        }

        CheckTimeout("GrainCollectionOptions.ActivationTimeout", options.ActivationTimeout);
        CheckTimeout("GrainCollectionOptions.DeactivationTimeout", options.DeactivationTimeout);
    }

    private static void Check(SiloMessagingOptions options)
    {
        CheckTimeout("SiloMessagingOptions.ResponseTimeout", options.ResponseTimeout);
        if (options.MaxEnqueuedRequestsHardLimit < 0)
        {
            throw Wrong(
                "SiloMessagingOptions.MaxEnqueuedRequestsHardLimit must be 0 for no limit, or more, but is "
                + $"{options.MaxEnqueuedRequestsHardLimit}");
        }
    }

    private static void CheckTimeout(string option, TimeSpan time)
    {
        if (time > TimeSpan.Zero || time == Timeout.InfiniteTimeSpan) return;
        throw Wrong($"{option} must be more than zero, or Timeout.InfiniteTimeSpan for no time-out, but is {time}");
    }

    private static OrleansConfigurationException Wrong(string sentence) => new(sentence);
}
