using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

/// <summary>One stream of the segment log: its segments, writers and checkpoints, and those who wait at its tail.</summary>
internal sealed class StreamLog
{
    private readonly SegmentLogContext context;
    private readonly Func<Exception> sealing;
    private volatile StreamManifest manifest;
    private TaskCompletionSource? tailMoved;
    private Func<Exception>? ended;

    public StreamLog(StreamName name, string folder, StreamManifest manifest, RecoveredStream found, SegmentLogContext context)
    {
        this.context = context;
        this.manifest = manifest;
        Name = name;
        Folder = folder;
        sealing = () => new StreamSealedException(name);
        Segments = new SegmentSet(found.Segments, found.Segments is [.., var last] ? last.NextOffset : found.NextOffset);
        Writers = found.Writers;
        Checkpoints = found.Checkpoints;
        Active = new ActiveSegment(Segments, Writers, this, context.Time, found.NextOffset);
        Appender = new Appender(this, Active, context.Operations, context.Options.MaxBatchBytes);
        if (manifest.IsSealed) Appender.Close(sealing);
    }

    public StreamName Name { get; }

    public string Folder { get; }

    public StreamOptions Options => manifest.Options;

    public ILogger Logger => context.Logger;

    public SegmentLogMetrics Metrics => context.Metrics;

    public SegmentSet Segments { get; }

    public WriterTable Writers { get; }

    public CheckpointFiles Checkpoints { get; }

    public Appender Appender { get; }

    public bool IsSealed => manifest.IsSealed;

    public bool IsInMemory => Options.Durability == StreamDurability.Memory;

    /// <summary>The empty range at the tail.</summary>
    public StreamRange EmptyRange => new(At(Segments.Tail), At(Segments.Tail));

    /// <summary>Why the head is where it is.</summary>
    public GapCause HeadCause => Segments.Head > manifest.TruncatedBefore ? GapCause.Budget : GapCause.Truncated;

    private ActiveSegment Active { get; }

    public static StreamPosition At(long offset) => new(0, offset);

    /// <summary>Goes on where the segments on disk end.</summary>
    public void Resume()
    {
        Active.Resume();
        if (Segments.Last is not { } last || Active.NextOffset == last.NextOffset) return;
        try
        {
            // The offsets in between were given out once: a new segment keeps them from being given out again.
            Active.Roll();
            Segments.Advance(Active.NextOffset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SegmentLogMessages.AppendFailed(Logger, Name, e);
        }
    }

    /// <summary>Finds a thread for the appender: fsync may take long, so it gets threads of its own.</summary>
    public void Schedule(IThreadPoolWorkItem work)
    {
        if (Options.Durability == StreamDurability.Synced) context.FlushThreads.Queue(work);
        else ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    /// <summary>Makes the stream's folder anew if it was taken away from under the store, but never the store's own.</summary>
    public void EnsureFolder()
    {
        if (File.Exists(Path.Combine(Folder, StreamManifest.FileName))) return;
        if (!StoreLock.IsThere(context.Options.Directory)) throw new FolderVanishedException(context.Options.Directory);
        Directory.CreateDirectory(Folder);
        manifest.Save(Folder);
    }

    /// <summary>Tells of bytes that went to the disk, for the budget of all streams.</summary>
    public void Wrote(long bytes)
    {
        if (!IsInMemory) context.Budget.Wrote(bytes);
    }

    /// <summary>Gives up the oldest segment, whoever has read it; false where there is nothing to give.</summary>
    public async Task<bool> GiveUpOldestAsync()
    {
        var isGiven = false;
        await Appender.RunAsync(() =>
        {
            ThrowIfEnded();
            if (Segments.All is [{ IsEmpty: false }]) Active.Roll();
            if (Segments.All is not [var oldest, _, ..]) return;
            Drop(oldest, GapCause.Budget);
            isGiven = true;
        });
        return isGiven;
    }

    /// <summary>Shows readers what was appended.</summary>
    public void Advance(long tail)
    {
        Segments.Advance(tail);
        Wake();
    }

    /// <summary>Waits until there is something behind an offset, the stream is sealed, or it ends.</summary>
    public Task WaitAsync(long offset, CancellationToken cancellationToken)
    {
        var signal = Volatile.Read(ref tailMoved);
        if (signal is null)
        {
            var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            signal = Interlocked.CompareExchange(ref tailMoved, fresh, null) ?? fresh;
        }
        // Only after the signal is in place, so that no wake is missed.
        var isThere = Segments.Tail > offset || IsSealed || Volatile.Read(ref ended) is not null;
        return isThere ? Task.CompletedTask : signal.Task.WaitAsync(cancellationToken);
    }

    public void ThrowIfEnded()
    {
        if (Volatile.Read(ref ended) is { } why) throw why();
    }

    public Task ConfigureAsync(StreamOptions options) => Appender.RunAsync(() =>
    {
        ThrowIfEnded();
        if (options == manifest.Options) return;
        Save(manifest with { Options = options });
        if (options.Durability == StreamDurability.Synced) Active.Flush();
        Retain();
    });

    public async Task SealAsync()
    {
        ThrowIfEnded();
        if (IsSealed) return;
        try
        {
            await Appender.RunAsync(() => Save(manifest with { IsSealed = true }), sealing);
        }
        catch (StreamStoreException)
        {
            Appender.Reopen(sealing);
            throw;
        }
        Wake();
    }

    public Task TruncateAsync(StreamPosition before) => Appender.RunAsync(() =>
    {
        ThrowIfEnded();
        Truncate(before == StreamPosition.Latest ? Segments.Tail : Math.Min(before.Offset, Segments.Tail));
        Retain();
    });

    /// <summary>Keeps the stream within its budget of bytes and age. On the appender's thread.</summary>
    public void Retain()
    {
        while (Segments.All is [var oldest, _, ..] && (IsOverBudget() || IsTooOld(oldest))) Drop(oldest, GapCause.Budget);
        if (Segments.All is [{ IsEmpty: false } only] && IsTooOld(only)) Active.Roll();
    }

    public Task WriteCheckpointAsync(ReaderCheckpoint checkpoint) => Appender.RunAsync(() =>
    {
        ThrowIfEnded();
        var position = checkpoint.Position == StreamPosition.Latest ? At(Segments.Tail) : checkpoint.Position;
        if (position.Epoch != 0 || position.Offset > Segments.Tail)
        {
            throw new ArgumentException(
                $"The checkpoint of reader '{checkpoint.Reader}' must lie within stream '{Name}', which ends at "
                + $"{At(Segments.Tail)}, but is {position}.", nameof(checkpoint));
        }
        if (!IsInMemory) EnsureFolder();
        Checkpoints.Write(checkpoint with { Position = position }, Options.Durability);
        if (Options.TruncateConsumed && Describe().ConsumedBefore is { } consumed) Truncate(consumed.Offset);
    });

    public StreamDescription Describe() => new(
        Name, At(Segments.Head), At(Segments.Tail), Segments.Bytes, Segments.Events, IsSealed, Checkpoints.All);

    /// <summary>Ends the stream in this process: what was queued is stored, all that comes later fails.</summary>
    public async Task EndAsync(Func<Exception> why)
    {
        await Appender.RunAsync(
            () =>
            {
                try
                {
                    if (Options.Durability == StreamDurability.Synced) Active.Flush();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    SegmentLogMessages.LastFlushFailed(Logger, Name, e);
                }
                Active.Release();
                Volatile.Write(ref ended, why);
            }, why);
        Wake();
    }

    private void Wake() => Interlocked.Exchange(ref tailMoved, null)?.TrySetResult();

    private void Save(StreamManifest changed)
    {
        EnsureFolder();
        changed.Save(Folder);
        manifest = changed;
    }

    // On the appender's thread.
    private void Truncate(long offset)
    {
        var hasDropped = false;
        while (Segments.All is [var oldest, _, ..] && oldest.NextOffset <= offset)
        {
            Drop(oldest, GapCause.Truncated);
            hasDropped = true;
        }
        if (hasDropped && offset > manifest.TruncatedBefore)
        {
            try
            {
                Save(manifest with { TruncatedBefore = offset });
            }
            catch (IOException e)
            {
                // Truncation is what helps on a full disk; all that is lost is the cause in a later gap.
                SegmentLogMessages.ManifestFailed(Logger, Name, e);
            }
        }
    }

    private void Drop(Segment oldest, GapCause cause)
    {
        Segments.RemoveFirst();
        if (oldest.Path is not null) SegmentLog.Folder.DeleteQuietly(oldest.Path);
        Metrics.LetGo(Name, oldest.NextOffset - oldest.Base, cause);
        SegmentLogMessages.SegmentDropped(Logger, Name, oldest.Base, oldest.NextOffset);
    }

    private bool IsOverBudget()
    {
        var newest = Segments.Last!;
        return Segments.Bytes - newest.Length + Math.Max(Options.SegmentBytes, newest.Length) > Options.MaxBytes;
    }

    private bool IsTooOld(Segment segment) =>
        Options.MaxAge is { } age
        && segment.MaxTimestamp < context.Time.Microseconds() - age.Ticks / TimeSpan.TicksPerMicrosecond;
}
