using Microsoft.Extensions.Logging.Abstractions;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>A segment log in a folder of its own, with one stream; it can be closed, damaged and opened again.</summary>
internal sealed class TemporaryStore : IAsyncDisposable
{
    public static readonly StreamName Name = new("test", "stream");
    public static readonly StreamOptions Small = new() { SegmentBytes = 64 << 10, MaxBytes = 64 << 20 };

    private readonly TimeProvider? time;
    private readonly bool ownsFolder;

    private TemporaryStore(string folder, TimeProvider? time, bool ownsFolder)
    {
        Folder = folder;
        this.time = time;
        this.ownsFolder = ownsFolder;
        Store = Open();
    }

    public string Folder { get; }

    public SegmentLogStore Store { get; private set; }

    public string StreamFolder => Path.Combine(Folder, Name.Scope, Name.Stream);

    public IReadOnlyList<string> Segments => [.. Directory.GetFiles(StreamFolder, "*.seg").Order(StringComparer.Ordinal)];

    public static async Task<TemporaryStore> CreateAsync(
        StreamOptions? options = null, TimeProvider? time = null, string? folder = null)
    {
        var temporary = new TemporaryStore(
            folder ?? Directory.CreateTempSubdirectory("weir-streams-").FullName, time, ownsFolder: folder is null);
        await temporary.Store.CreateAsync(Name, options ?? Small);
        return temporary;
    }

    public SegmentLogStore Open() => new(
        new SegmentLogOptions { Directory = Folder }, time, NullLogger<SegmentLogStore>.Instance);

    public async Task ReopenAsync(Action? whileClosed = null)
    {
        await Store.DisposeAsync();
        whileClosed?.Invoke();
        Store = Open();
    }

    /// <summary>Appends batches of one event of 1,000 bytes that begins with its number.</summary>
    public async Task FillAsync(int first, int count)
    {
        await using var writer = await Store.OpenWriterAsync(Name, Guid.NewGuid());
        for (var i = first; i < first + count; i++) await writer.AppendAsync(Payload.Batch(Filler(i)));
    }

    public static string Filler(int number) => $"{number:D8}".PadRight(1000, '.');

    public static int Number(StoredEvent stored) =>
        int.Parse(stored.Text()[..8], System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (ownsFolder) Directory.Delete(Folder, recursive: true);
    }
}
