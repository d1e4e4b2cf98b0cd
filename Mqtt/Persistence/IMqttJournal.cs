namespace Weir.Mqtt;

/// <summary>
/// Keeps what a broker must not forget: sessions, what waits in them, QoS 2 state and retained messages. A log of
/// entries that only the broker can read. The broker calls one member at a time; an entry is at most
/// <see cref="MaxEntryBytes"/> long unless a single message is longer than that.
/// </summary>
public interface IMqttJournal
{
    /// <summary>What an entry holds at most, in bytes, unless one message alone is larger.</summary>
    const int MaxEntryBytes = 8 * 1024 * 1024;

    /// <summary>Gives all entries that are kept, in the order in which they were appended. Called once, before anything else.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Appends an entry; finished when it will outlive the process. It is whole or not there at all. Where this fails,
    /// the broker acknowledges nothing and tries again.
    /// </summary>
    /// <param name="entry">Its bytes; read, not kept, until the task has finished.</param>
    /// <param name="cancellationToken">Fires when the broker ends.</param>
    ValueTask AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken);

    /// <summary>From here on the broker tells all that it holds once more.</summary>
    ValueTask BeginSnapshotAsync(CancellationToken cancellationToken);

    /// <summary>It has told all of it: what was appended before the last <see cref="BeginSnapshotAsync"/> may go.</summary>
    ValueTask EndSnapshotAsync(CancellationToken cancellationToken);
}
