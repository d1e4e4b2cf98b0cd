using System.Runtime.CompilerServices;
using Weir.Mqtt;
using Weir.Streams;

namespace Weir.Grains.Broker;

/// <summary>Keeps the broker's sessions in a stream of the site's store: an event an entry, truncated to the last snapshot.</summary>
internal sealed class StreamJournal(IStreamStore store, StreamDurability durability) : IMqttJournal, IAsyncDisposable
{
    /// <summary>
    /// The stream is bounded by the broker's snapshots. A budget would let go of what was acknowledged, so it is beyond
    /// any disk.
    /// </summary>
    private const long Unbounded = 1L << 50;

    private static readonly StreamName Name = new("mqtt", "sessions");
    private static readonly Guid WriterId = new("6f0d9c1e-3a67-4a53-9a53-6d7174740001");

    private readonly StreamEvent[] one = new StreamEvent[1];
    private IStreamWriter? writer;
    private StreamPosition snapshot = StreamPosition.Earliest;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new StreamOptions { Durability = durability, SegmentBytes = 16L << 20, MaxBytes = Unbounded };
        await store.CreateAsync(Name, options, cancellationToken);
        await using (var reader = await store.OpenReaderAsync(Name, StreamPosition.Earliest, cancellationToken))
        {
            while (await reader.TryReadAsync(cancellationToken: cancellationToken) is { } batch)
            {
                if (batch.Gap is { Cause: GapCause.Corrupt } gap)
                {
                    throw new InvalidDataException(
                        $"The broker's sessions in the stream '{Name}' are damaged from {gap.From} to {gap.To}. With the folder of "
                        + "that stream moved away the broker starts without sessions.");
                }
                for (var i = 0; i < batch.Events.Length; i++) yield return batch.Events.Span[i].Payload;
            }
        }
        writer = await store.OpenWriterAsync(Name, WriterId, cancellationToken);
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        one[0] = new StreamEvent(entry, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000);
        await writer!.AppendAsync(new EventBatch(one), cancellationToken);
    }

    public async ValueTask BeginSnapshotAsync(CancellationToken cancellationToken) =>
        snapshot = (await store.DescribeAsync(Name, cancellationToken))!.Tail;

    public async ValueTask EndSnapshotAsync(CancellationToken cancellationToken) =>
        await store.TruncateAsync(Name, snapshot, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (writer is not null) await writer.DisposeAsync();
    }
}
