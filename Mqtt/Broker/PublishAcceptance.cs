namespace Weir.Mqtt;

/// <summary>
/// What becomes of one connection's messages: the handler accepts them, the subscribers get them, the journal keeps them,
/// and only then the publisher has its answer.
/// </summary>
internal sealed class PublishAcceptance(MqttBroker broker, ClientConnection connection, Session session, PublishIntake intake) : IAsyncDisposable
{
    private AcceptancePipeline? pipeline;
    private long messages;

    /// <summary>Messages that have come.</summary>
    public long Messages => Volatile.Read(ref messages);

    /// <summary>Takes a batch; waits while the handler holds as many as it may.</summary>
    public ValueTask SubmitAsync(PublishBatch batch)
    {
        messages += batch.Count;
        broker.Counters.Receive(batch.Count);
        if (broker.Handler is null && broker.Journal is null) return TakeUpAsync(batch, null);
        pipeline ??= new AcceptancePipeline(broker.Handler, broker.Journal, broker.Options.MaxBatchesInFlight, TakeUpAsync, broker.Stopping);
        return pipeline.SubmitAsync(batch, NoteHandOver(batch));
    }

    /// <summary>
    /// Exactly once over a crash: before the handler has a message of QoS 2, the journal has the time by which the handler
    /// will know it, so that it is not kept twice when the client sends it again.
    /// </summary>
    /// <returns>What the journal must have first; 0 for nothing.</returns>
    private long NoteHandOver(PublishBatch batch)
    {
        if (broker.Handler is null || batch.IsRefused || !batch.HasExactlyOnce || !session.IsDurable) return 0;
        foreach (ref readonly var message in batch.Messages)
        {
            if (message.QoS == QualityOfService.ExactlyOnce) broker.Journal!.HandingOver(session, message.PacketIdentifier, message.Timestamp);
        }
        return broker.Journal!.Appended;
    }

    /// <summary>Waits until all that were taken have been dealt with.</summary>
    public ValueTask DisposeAsync() => pipeline?.DisposeAsync() ?? default;

    /// <summary>The handler is done with a batch: its messages go to the subscribers, and their answers to the publisher.</summary>
    private ValueTask TakeUpAsync(PublishBatch batch, Exception? fault)
    {
        var isLittle = batch.IsLittle;
        if (isLittle) WakeList.Begin();
        try
        {
            if (batch.IsRefused) broker.Refuse(batch);
            else if (fault is not null) broker.RefuseAll(batch, fault);
            else broker.Counters.Drop(DropCause.Rejected, batch.Rejected);
            var keptFirst = broker.Deliver(batch, session);
            if (keptFirst != 0 && !broker.Journal!.IsKept(keptFirst)) return FinishWhenKeptAsync(batch, keptFirst);
            Finish(batch);
        }
        catch (Exception defect)
        {
            // It would stop the batches behind it as well: the client must connect anew and send again.
            broker.Log.DeliveryFailed(defect, session.ClientId);
            connection.Abort("Delivering messages failed.");
        }
        finally
        {
            if (isLittle) WakeList.End();
        }
        return default;
    }

    private async ValueTask FinishWhenKeptAsync(PublishBatch batch, long keptFirst)
    {
        await broker.Journal!.WaitAsync(keptFirst).ConfigureAwait(false);
        Finish(batch);
    }

    private void Finish(PublishBatch batch)
    {
        if (batch.Acknowledgeable > 0) Acknowledge(batch);
        broker.ReturnBatch(batch);
    }

    private void Acknowledge(PublishBatch batch)
    {
        var answered = 0;
        var all = batch.Messages;
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].PacketIdentifier == 0) continue;
            var refused = batch.ReasonOf(i) != ReasonCode.Success;
            if (all[i].QoS == QualityOfService.AtLeastOnce) answered++;
            else if (!refused) session.ReceivedOnce.Accept(all[i].PacketIdentifier);
            else if (session.ReceivedOnce.Release(all[i].PacketIdentifier))
            {
                answered++;
                // The handler has refused it: what is sent by this identifier next is another message.
                if (session.IsDurable) broker.Journal!.Released(session, all[i].PacketIdentifier);
            }
        }
        intake.Answered(answered);

        if (batch.HasRejections && connection.Version < MqttVersion.V5)
        {
            connection.Close(ReasonCode.UnspecifiedError, "A message was not accepted, and before MQTT 5 there is no answer that says so.");
            return;
        }
        // A QoS 2 repeat on a newer connection waits for this answer too.
        var writer = connection.IsClosing ? session.Connection?.Writer ?? connection.Writer : connection.Writer;
        writer.SendAcknowledgements(batch);
    }
}
