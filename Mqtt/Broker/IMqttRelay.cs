namespace Weir.Mqtt;

/// <summary>
/// Takes what this broker has accepted to the other brokers of the site, whose subscribers want it too. At most one is
/// registered.
/// </summary>
public interface IMqttRelay
{
    /// <summary>
    /// Is told of each batch once it was accepted, in the order of its publisher. It must not wait, and must have read
    /// what it needs (<see cref="PublishBatch.WriteAccepted"/>) when it returns. Called from any thread.
    /// </summary>
    void Take(PublishBatch batch);
}
