namespace Weir.Mqtt;

/// <summary>
/// Takes every message before it counts as accepted. At most one is registered. The broker acknowledges a message to
/// its publisher, and hands it to subscribers, only after the handler has finished with the batch.
/// </summary>
public interface IPublishHandler
{
    /// <summary>
    /// Accepts a batch: the messages of one read of one connection, in order. It is called in the order in which a
    /// connection's messages came, again before the former call has finished (up to
    /// <see cref="MqttBrokerOptions.MaxBatchesInFlight"/> a connection), and for several connections at once. It must
    /// not block its thread: what takes time goes into the returned task. Completions may come in any order.
    /// </summary>
    /// <param name="batch">The messages; not to be touched after the task has finished.</param>
    /// <param name="cancellationToken">Fires when the broker ends; not when the connection does.</param>
    /// <returns>
    /// Finished when every message that was not rejected is accepted for good. Where it fails, no message of the batch
    /// is accepted: QoS 0 is dropped and counted, QoS 1 and 2 are answered with
    /// <see cref="ReasonCode.UnspecifiedError"/>, or with the reason of the <see cref="MqttException"/> thrown, in
    /// MQTT 5, and with the end of the connection in MQTT 3.1.1, which has no such answer.
    /// </returns>
    ValueTask HandleAsync(PublishBatch batch, CancellationToken cancellationToken);
}
