using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Observers;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Finds who consumes: the grain in whose turn the code runs, or the client of the host.</summary>
internal sealed class StreamConsumers(Silo silo, ILogger<StreamConsumers> logger)
{
    private readonly Lazy<(GrainId GrainId, StreamConsumerExtension Extension)> _client = new(() =>
    {
        var extension = new StreamConsumerExtension(silo.Services, null, logger);
        var id = ObserverTarget.NewId();

        // Each subscription gets one batch after the other by its agent; a slow one must not hold up the rest.
        silo.Add(id, new ObserverTarget(id, extension, runsSideBySide: true, silo.Watch, silo.Log));
        return (id, extension);
    });

    public (GrainId GrainId, StreamConsumerExtension Extension) Current => RuntimeContext.Current is Activation activation
        ? (activation.GrainId, (StreamConsumerExtension)activation.Extension(typeof(IStreamConsumerExtension)))
        : _client.Value;

    /// <summary>Makes the extension of the activation in whose turn this runs.</summary>
    public static IGrainExtension CreateExtension(IServiceProvider services)
    {
        var context = RuntimeContext.CurrentOrThrow();
        return new StreamConsumerExtension(
            services, context.GrainInstance as Core.IStreamSubscriptionObserver,
            services.GetRequiredService<ILogger<StreamConsumers>>());
    }
}
