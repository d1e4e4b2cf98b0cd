using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Checks the options of a stream provider, and that its explicit subscriptions have a store.</summary>
internal sealed class StreamProviderValidator(IServiceProvider services, string name) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        AtLeastOne(
            "HashRingStreamQueueMapperOptions.TotalQueueCount",
            services.GetOptionsByName<HashRingStreamQueueMapperOptions>(name).TotalQueueCount);
        AtLeastOne("SimpleQueueCacheOptions.CacheSize", services.GetOptionsByName<SimpleQueueCacheOptions>(name).CacheSize);
        Check(services.GetOptionsByName<StreamPullingAgentOptions>(name));
        CheckStore();
    }

    private void Check(StreamPullingAgentOptions options)
    {
        AtLeastOne("StreamPullingAgentOptions.BatchContainerBatchSize", options.BatchContainerBatchSize);
        MoreThanZero("StreamPullingAgentOptions.GetQueueMsgsTimerPeriod", options.GetQueueMsgsTimerPeriod);
        MoreThanZero("StreamPullingAgentOptions.InitQueueTimeout", options.InitQueueTimeout);
        MoreThanZero("StreamPullingAgentOptions.StreamInactivityPeriod", options.StreamInactivityPeriod);
        if (options.MaxEventDeliveryTime < TimeSpan.Zero && options.MaxEventDeliveryTime != Timeout.InfiniteTimeSpan)
        {
            throw Wrong(
                "StreamPullingAgentOptions.MaxEventDeliveryTime must not be less than zero, or Timeout.InfiniteTimeSpan "
                + $"for no end of repetitions, but is {options.MaxEventDeliveryTime}");
        }
    }

    private void CheckStore()
    {
        if (services.GetOptionsByName<StreamPubSubOptions>(name).PubSubType == StreamPubSubType.ImplicitOnly) return;
        if (services.GetKeyedService<IGrainStorage>(name) is not null) return;
        if (services.GetKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME) is not null) return;
        throw Wrong(
            "it has explicit subscriptions, so it needs a grain storage named "
            + $"'{ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME}' or '{name}': add one, for example with "
            + $"AddMemoryGrainStorage(\"{ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME}\"), or set its pub-sub type to "
            + $"{nameof(StreamPubSubType.ImplicitOnly)}");
    }

    private void AtLeastOne(string option, int value)
    {
        if (value < 1) throw Wrong($"{option} must be at least 1, but is {value}");
    }

    private void MoreThanZero(string option, TimeSpan value)
    {
        if (value <= TimeSpan.Zero) throw Wrong($"{option} must be more than zero, but is {value}");
    }

    private OrleansConfigurationException Wrong(string sentence) => new($"stream provider '{name}': {sentence}");
}
