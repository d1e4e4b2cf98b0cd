using Orleans;
using Orleans.Runtime;

namespace Weir.Streams.Provider;

/// <summary>
/// Takes note of why a delivery failed. A filter of outgoing calls is the one public place where a silo sees what a
/// consumer answers to the agent; all other calls pass it at the price of comparing a name.
/// </summary>
internal sealed class DeliveryErrorFilter(DeliveryErrors errors) : IOutgoingGrainCallFilter
{
    // Of IStreamConsumerExtension, which is internal to Orleans.
    private const string Deliver = "DeliverBatch";

    public Task Invoke(IOutgoingGrainCallContext context) =>
        context.MethodName == Deliver ? DeliverAsync(context) : context.Invoke();

    private async Task DeliverAsync(IOutgoingGrainCallContext context)
    {
        // Before the call: its arguments are given back with its end.
        var (subscription, batch) = ArgumentsOf(context);
        try
        {
            await context.Invoke();
        }
        catch (Exception e) when (subscription is not null && batch is not null)
        {
            errors.Add(subscription, (StreamToken)batch.SequenceToken, e);
            throw;
        }
    }

    private static (GuidId? Subscription, StreamBatchContainer? Batch) ArgumentsOf(IOutgoingGrainCallContext context)
    {
        GuidId? subscription = null;
        StreamBatchContainer? batch = null;
        for (var i = 0; i < context.Request.GetArgumentCount(); i++)
        {
            switch (context.Request.GetArgument(i))
            {
                case GuidId id: subscription = id; break;
                case StreamBatchContainer delivered: batch = delivered; break;
            }
        }
        return (subscription, batch);
    }
}
