using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>What a session does with a message for which its queue has no room.</summary>
public enum QueueOverflow
{
    /// <summary>The new message is dropped and counted.</summary>
    DropNewest,
    /// <summary>The oldest queued messages are dropped and counted until the new one has room.</summary>
    DropOldest,
}

/// <summary>The broker's limits. All of them are checked when the broker is made.</summary>
public sealed class MqttBrokerOptions
{
    /// <summary>Connections at one time; one more is closed at once and counted. Default 10,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Connections at one time from one address. Default 10,000: as many as in all.</summary>
    public int MaxConnectionsPerAddress { get; set; } = 10_000;

    /// <summary>Sessions at one time, those without a connection included. Default 100,000.</summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>Largest packet taken, in bytes, header included. Default 4 MiB; the protocol allows 256 MiB.</summary>
    public int MaxPacketSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Longest client identifier in bytes of UTF-8. Default 256; the protocol asks for at least 23.</summary>
    public int MaxClientIdLength { get; set; } = 256;

    /// <summary>Longest topic name or filter in bytes of UTF-8. Default 1,024.</summary>
    public int MaxTopicLength { get; set; } = 1024;

    /// <summary>Most levels of a topic name or filter. Default 32.</summary>
    public int MaxTopicLevels { get; set; } = 32;

    /// <summary>Subscriptions of one session. Default 10,000.</summary>
    public int MaxSubscriptionsPerSession { get; set; } = 10_000;

    /// <summary>
    /// How long a connection may take to send CONNECT, and each packet that belongs to its login. How long the broker takes
    /// to decide on them does not count. Default 10 s.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After so long a silence the system asks a connection's other end whether it is still there, and ends the connection
    /// after four questions without answer, 15 s apart: for clients that vanish and had asked for no keep-alive. 0 for
    /// never. Default 60 s.
    /// </summary>
    public TimeSpan TcpKeepAlive { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Longest keep-alive. An MQTT 5 client that asks for more, or for none, is told this one; an MQTT 3.1.1 client
    /// cannot be told and keeps its own. Default and largest: 65,535 s.
    /// </summary>
    public TimeSpan MaxKeepAlive { get; set; } = TimeSpan.FromSeconds(ushort.MaxValue);

    /// <summary>How long a session outlives its connection at most, whatever its client asks. Default 7 days.</summary>
    public TimeSpan MaxSessionExpiry { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Messages on their way to one client that it has not acknowledged yet. Default 1,024.</summary>
    public int MaxInflight { get; set; } = 1024;

    /// <summary>Messages of QoS 1 and 2 that an MQTT 5 client may send ahead of their acknowledgement. Default 4,096.</summary>
    public int ReceiveMaximum { get; set; } = 4096;

    /// <summary>Topic aliases that an MQTT 5 client may set on one connection. Default 64; 0 for none.</summary>
    public int TopicAliasMaximum { get; set; } = 64;

    /// <summary>
    /// Topic aliases that the broker sets on one connection towards an MQTT 5 client that takes them. Default 64; 0 for
    /// none.
    /// </summary>
    public int OutboundTopicAliasMaximum { get; set; } = 64;

    /// <summary>
    /// Messages per second that one client may publish, as a mean over a second or so; then it is read more slowly.
    /// Default 0: no limit.
    /// </summary>
    public int MaxMessageRate { get; set; }

    /// <summary>Bytes per second that one client may send; likewise. Default 0: no limit.</summary>
    public long MaxByteRate { get; set; }

    /// <summary>Messages that wait in one session. Default 100,000.</summary>
    public int MaxQueuedMessages { get; set; } = 100_000;

    /// <summary>Bytes of messages that wait in one session. Default 64 MiB.</summary>
    public long MaxQueuedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>What happens beyond either of these two. Default <see cref="QueueOverflow.DropNewest"/>.</summary>
    public QueueOverflow QueueOverflow { get; set; } = QueueOverflow.DropNewest;

    /// <summary>
    /// Whether a payload that is said to be UTF-8 text (payload format indicator 1) must be so; one that is not is
    /// refused. Default true.
    /// </summary>
    public bool CheckPayloadFormat { get; set; } = true;

    /// <summary>
    /// What an MQTT 5 client that asks for response information gets: a prefix for its response topics, in which
    /// <c>%c</c> stands for its client identifier. Null, the default, for nothing.
    /// </summary>
    public string? ResponseInformation { get; set; }

    /// <summary>How often the <c>$SYS/broker/…</c> topics are published. Default 10 s; zero for never.</summary>
    public TimeSpan SysInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Bytes that are written to the journal before all that is held is told anew and what came before is given up;
    /// at least twice the size of what is held. Default 64 MiB.
    /// </summary>
    public long JournalCompactBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Retained messages in all. Default 100,000; a new one beyond that is delivered, but not kept.</summary>
    public int MaxRetainedMessages { get; set; } = 100_000;

    /// <summary>Bytes of retained messages in all. Default 256 MiB; likewise.</summary>
    public long MaxRetainedBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// Topics whose name, count, rate and last value are kept. Default 100,000. Beyond that a topic that has been
    /// quiet for long gives way; messages pass all the same.
    /// </summary>
    public int MaxTrackedTopics { get; set; } = 100_000;

    /// <summary>Bytes of a topic's last payload that are kept for pages. Default 256; 0 for none.</summary>
    public int TrackedPayloadBytes { get; set; } = 256;

    /// <summary>
    /// Bytes of payloads that are kept beyond that, in all, for those who look into them (<see cref="IMqttBroker.WatchPayloads"/>).
    /// Default 64 MiB. Where they do not suffice, a payload is cut to <see cref="TrackedPayloadBytes"/>.
    /// </summary>
    public long MaxWatchedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Batches of one connection that the <see cref="IPublishHandler"/> may hold at one time; then the connection is
    /// not read. Default 8.
    /// </summary>
    public int MaxBatchesInFlight { get; set; } = 8;
}

/// <summary>Says what is wrong with the options, one sentence each.</summary>
internal sealed class MqttBrokerOptionsValidator : IValidateOptions<MqttBrokerOptions>
{
    public ValidateOptionsResult Validate(string? name, MqttBrokerOptions options)
    {
        var faults = new List<string>();
        Check(nameof(options.MaxConnections), options.MaxConnections, 1, 10_000_000);
        Check(nameof(options.MaxConnectionsPerAddress), options.MaxConnectionsPerAddress, 1, 10_000_000);
        Check(nameof(options.MaxSessions), options.MaxSessions, 1, 10_000_000);
        Check(nameof(options.MaxPacketSize), options.MaxPacketSize, 128, VariableInteger.Maximum);
        Check(nameof(options.MaxClientIdLength), options.MaxClientIdLength, 23, ushort.MaxValue);
        Check(nameof(options.MaxTopicLength), options.MaxTopicLength, 1, ushort.MaxValue);
        Check(nameof(options.MaxTopicLevels), options.MaxTopicLevels, 1, 1000);
        Check(nameof(options.MaxSubscriptionsPerSession), options.MaxSubscriptionsPerSession, 1, 10_000_000);
        CheckSeconds(nameof(options.ConnectTimeout), options.ConnectTimeout, 1, 3600);
        CheckSeconds(nameof(options.TcpKeepAlive), options.TcpKeepAlive, 0, 86_400);
        CheckSeconds(nameof(options.MaxKeepAlive), options.MaxKeepAlive, 1, ushort.MaxValue);
        CheckSeconds(nameof(options.MaxSessionExpiry), options.MaxSessionExpiry, 0, uint.MaxValue);
        Check(nameof(options.MaxInflight), options.MaxInflight, 1, ushort.MaxValue);
        Check(nameof(options.ReceiveMaximum), options.ReceiveMaximum, 1, ushort.MaxValue);
        Check(nameof(options.TopicAliasMaximum), options.TopicAliasMaximum, 0, ushort.MaxValue);
        Check(nameof(options.OutboundTopicAliasMaximum), options.OutboundTopicAliasMaximum, 0, ushort.MaxValue);
        Check(nameof(options.MaxMessageRate), options.MaxMessageRate, 0, 100_000_000);
        Check(nameof(options.MaxByteRate), options.MaxByteRate, 0, 1L << 40);
        CheckSeconds(nameof(options.SysInterval), options.SysInterval, 0, 86_400);
        Check(nameof(options.JournalCompactBytes), options.JournalCompactBytes, 65_536, 1L << 40);
        Check(nameof(options.MaxQueuedMessages), options.MaxQueuedMessages, 1, 100_000_000);
        Check(nameof(options.MaxQueuedBytes), options.MaxQueuedBytes, 1024, 1L << 40);
        Check(nameof(options.MaxRetainedMessages), options.MaxRetainedMessages, 0, 100_000_000);
        Check(nameof(options.MaxRetainedBytes), options.MaxRetainedBytes, 0, 1L << 40);
        Check(nameof(options.MaxTrackedTopics), options.MaxTrackedTopics, 1, 100_000_000);
        Check(nameof(options.TrackedPayloadBytes), options.TrackedPayloadBytes, 0, 65_536);
        Check(nameof(options.MaxWatchedBytes), options.MaxWatchedBytes, 0, 1L << 40);
        Check(nameof(options.MaxBatchesInFlight), options.MaxBatchesInFlight, 1, 1024);
        if (!Enum.IsDefined(options.QueueOverflow)) faults.Add($"mqtt: QueueOverflow {options.QueueOverflow} does not exist.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(string option, long value, long least, long most)
        {
            if (value < least || value > most) faults.Add($"mqtt: {option} must be between {least:N0} and {most:N0}, but is {value:N0}.");
        }

        void CheckSeconds(string option, TimeSpan value, long least, long most)
        {
            if (value.TotalSeconds < least || value.TotalSeconds > most)
            {
                faults.Add($"mqtt: {option} must be between {least:N0} and {most:N0} seconds, but is {value}.");
            }
        }
    }
}
