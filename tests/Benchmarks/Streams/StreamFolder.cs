using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Benchmarks.Streams;

/// <summary>A segment log in a folder of its own, which goes with it.</summary>
internal sealed class StreamFolder : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-bench-streams-").FullName;

    public StreamFolder() => Store = new SegmentLogStore(new SegmentLogOptions { Directory = Path.Combine(folder, "store") });

    public IStreamStore Store { get; }

    /// <summary>A place for files beside the store.</summary>
    public string Beside(string name) => Path.Combine(folder, name);

    public async Task<StreamName> CreateAsync(string name, StreamDurability durability)
    {
        var stream = new StreamName("bench", name);
        await Store.CreateAsync(stream, new StreamOptions { Durability = durability, SegmentBytes = 256 << 20, MaxBytes = 8L << 30 });
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
