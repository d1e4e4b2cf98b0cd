namespace Weir.Mqtt;

/// <summary>The broker, as its own process sees it. Thread-safe.</summary>
public interface IMqttBroker
{
    /// <summary>
    /// Publishes as if from a client of its own: through the <see cref="IPublishHandler"/>, then to the subscribers.
    /// </summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload; it is copied before this returns.</param>
    /// <param name="qos">The most that subscribers get it with.</param>
    /// <param name="retain">Whether it is kept for future subscribers; with an empty payload, the kept one is removed.</param>
    /// <param name="cancellationToken">Passed to the handler; a message whose handling is cancelled may be accepted all the same.</param>
    /// <returns>Success, or why the handler rejected it.</returns>
    /// <exception cref="ArgumentException">The topic name is not valid or too long.</exception>
    ValueTask<ReasonCode> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, QualityOfService qos = QualityOfService.AtLeastOnce, bool retain = false,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Hands messages that another broker of the site has accepted to the subscribers of this one, and keeps those that
    /// are retained. They pass no <see cref="IPublishHandler"/>, go to no <see cref="IMqttRelay"/>, and count as messages
    /// of the other broker.
    /// </summary>
    /// <param name="messages">As <see cref="PublishBatch.WriteAccepted"/> writes them; copied before this returns.</param>
    /// <exception cref="InvalidDataException">They are cut off; those before are handed on.</exception>
    void Relay(ReadOnlySpan<byte> messages);

    /// <summary>The counts since the broker was made.</summary>
    BrokerStatistics GetStatistics();

    /// <summary>The clients that the broker holds a session for, connected or not, in no order.</summary>
    IReadOnlyList<MqttClientStatus> GetClients();

    /// <summary>One client with its subscriptions; null where there is no session of that identifier.</summary>
    MqttClientDetails? GetClient(string clientId);

    /// <summary>Ends a client's connection; its will is published.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="endSession">Whether its session ends too, with what waits in it.</param>
    /// <returns>False where there is no session of that identifier.</returns>
    bool Disconnect(string clientId, bool endSession = false);

    /// <summary>Who is not let in.</summary>
    IReadOnlyList<MqttBan> Bans { get; }

    /// <summary>Lets somebody not in any more, and ends the connections that they have. Held until the broker ends.</summary>
    /// <exception cref="ArgumentException">The ban does not say whom it is about.</exception>
    void Ban(MqttBan ban);

    /// <summary>Takes back a ban of the same client identifier, user or address; false where there was none.</summary>
    bool Unban(MqttBan ban);

    /// <summary>The topics that had a message since a version that this gave before; 0 for all.</summary>
    TopicChanges GetTopicsChangedSince(long version);

    /// <summary>
    /// Keeps the last payload of some topics whole, from their next message on, for <see cref="GetPayloadsChangedSince"/>;
    /// of all others only the beginning, as pages show it. What was asked for before does not hold any more.
    /// </summary>
    /// <param name="filters">Which topics; none for none.</param>
    /// <param name="most">The most bytes of a payload; what is longer is cut.</param>
    void WatchPayloads(IReadOnlyList<TopicFilter> filters, int most);

    /// <summary>Of the topics that are watched, those that had a message since a version that this gave before, with the payload; 0 for all.</summary>
    TopicChanges GetPayloadsChangedSince(long version);
}
