using FASTER.core;
using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>
/// FasterLog as a .NET user would take it for the same work, at the same durability: nothing but memory, the operating
/// system's cache, or a device that is written through. Commits need no metadata (its fast commit mode), and callers that
/// overlap share them; a loop of its own that commits was slower here.
/// </summary>
internal sealed class FasterLogPeer : IDisposable
{
    private readonly string folder;
    private readonly IDevice device;
    private readonly bool commits;

    public FasterLogPeer(string folder, StreamDurability durability)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        commits = durability != StreamDurability.Memory;
        device = commits
            ? new ManagedLocalStorageDevice(
                Path.Combine(folder, "peer.log"), disableFileBuffering: durability == StreamDurability.Synced)
            : new NullDevice();
        Log = new FasterLog(new FasterLogSettings
        {
            LogDevice = device, LogCommitDir = folder, FastCommitMode = true,
            MemorySizeBits = 27, PageSizeBits = 22,
            SegmentSizeBits = 30, AutoRefreshSafeTailAddress = !commits,
        });
    }

    public FasterLog Log { get; }

    /// <summary>Appends events as one unit; ends when they have the durability.</summary>
    public async ValueTask AppendAsync(SpanBatch batch)
    {
        Log.Enqueue(batch);
        if (commits) await Log.CommitAsync();
    }

    public void Dispose()
    {
        Log.Dispose();
        device.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Equal events, as FasterLog takes a batch.</summary>
    internal sealed class SpanBatch(byte[] payload, int count) : IReadOnlySpanBatch
    {
        public ReadOnlySpan<byte> Get(int index) => payload;

        public int TotalEntries() => count;
    }
}
