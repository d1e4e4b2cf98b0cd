using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>The embedded segment log answers the questions to every store, with each durability that outlives a process.</summary>
public abstract class SegmentLogStoreTests(StreamDurability durability) : StreamStoreFacts
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-streams-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected override StreamOptions Options => new() { Durability = durability };

    protected override Task<IStreamStore> OpenStoreAsync() =>
        Task.FromResult<IStreamStore>(new SegmentLogStore(new SegmentLogOptions { Directory = folder }));

    public sealed class Written() : SegmentLogStoreTests(StreamDurability.Written);

    public sealed class Synced() : SegmentLogStoreTests(StreamDurability.Synced);
}
