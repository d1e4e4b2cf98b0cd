using System.Threading.Channels;
using Weir.Streams;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Capture;

/// <summary>
/// Between capture and store: what is to be stored waits here in order, bounded by bytes. A store that does not take it is
/// tried again until it does; what finds no room meanwhile is lost from a keyframe to a keyframe and becomes a gap. Capture
/// never waits.
/// </summary>
internal sealed class StoreQueue : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly VideoStore store;
    private readonly RecorderOptions options;
    private readonly TimeProvider time;
    private readonly Action<IndexEntry> stored;
    private readonly Channel<Captured> waiting = Channel.CreateUnbounded<Captured>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource<IndexEntry?> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task writing;
    private long waitingBytes;
    private long? lostFrom;
    private long lostTo;
    private string lostWhy = "";

    public StoreQueue(VideoStore store, RecorderOptions options, TimeProvider time, Action<IndexEntry> stored)
    {
        (this.store, this.options, this.time, this.stored) = (store, options, time, stored);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>What the store says while it does not take anything; null while it does.</summary>
    public string? Fault { get; private set; }

    /// <summary>The newest entry that was there before; waits until the store can be opened.</summary>
    public Task<IndexEntry?> LastAsync(CancellationToken cancellationToken) => opened.Task.WaitAsync(cancellationToken);

    /// <summary>Gives something to the store; never waits. For one caller at a time.</summary>
    public void Add(Captured item)
    {
        var entry = item.Entry;
        var isVideo = item.Memory is not null;
        var full = isVideo && Interlocked.Read(ref waitingBytes) + entry.Bytes > options.MemoryBytes;
        // Once something is lost, what follows it up to the next keyframe cannot be shown either.
        if (isVideo && (full || lostFrom is not null && !entry.IsKeyframe))
        {
            if (lostFrom is null) lostWhy = Fault ?? "The store took video more slowly than it came.";
            lostFrom ??= entry.Time;
            lostTo = entry.End;
            item.Dispose();
            return;
        }
        if (lostFrom is { } from)
        {
            Enqueue(new Captured(Gap(from, lostTo, RecordingGapCause.Store, lostWhy), null, null));
            lostFrom = null;
        }
        Enqueue(item);
    }

    public static IndexEntry Gap(long from, long to, RecordingGapCause cause, string detail) => new()
    {
        Kind = IndexEntryKind.Gap, Time = from, Duration = Math.Max(0, to - from), Cause = cause, Detail = detail,
    };

    /// <summary>Stores what waits, as long as that does not take for ever, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        stop.CancelAfter(EndPatience);
        await writing.ConfigureAwait(false);
        while (waiting.Reader.TryRead(out var rest)) rest.Dispose();
        stop.Dispose();
    }

    private void Enqueue(Captured item)
    {
        Interlocked.Add(ref waitingBytes, item.Entry.Bytes);
        if (!waiting.Writer.TryWrite(item)) item.Dispose();
    }

    private async Task WriteAsync()
    {
        VideoWriter? writer = null;
        try
        {
            await UntilDoneAsync(async () =>
            {
                await store.CreateAsync(options.StoreBytes, stop.Token).ConfigureAwait(false);
                writer = await VideoWriter.OpenAsync(store, stop.Token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            opened.TrySetResult(writer!.Last);
            await foreach (var item in waiting.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                using (item)
                {
                    await UntilDoneAsync(() => item.Memory is null
                        ? writer.NoteAsync(item.Entry, stop.Token)
                        : writer.AppendAsync(item.Entry, item.Payload(), stop.Token)).ConfigureAwait(false);
                }
                Interlocked.Add(ref waitingBytes, -item.Entry.Bytes);
                stored(item.Entry);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over, and the store has not come back.
        }
        finally
        {
            opened.TrySetCanceled();
            if (writer is not null) await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task UntilDoneAsync(Func<Task> attempt)
    {
        while (true)
        {
            try
            {
                await attempt().ConfigureAwait(false);
                Fault = null;
                return;
            }
            catch (StreamStoreException fault)
            {
                Fault = fault.Message;
            }
            await Task.Delay(RetryAfter, time, stop.Token).ConfigureAwait(false);
        }
    }
}
