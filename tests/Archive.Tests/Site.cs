using System.Text;
using Weir.Archive.Duck;
using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Archive.Tests;

/// <summary>A folder with a stream store and DuckDB, as a site has them.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly bool ownsFolder;

    public Site(TimeProvider? time = null, string? folder = null, Func<ArchiveStep, Task>? stepReached = null)
    {
        ownsFolder = folder is null;
        Folder = folder ?? Path.Combine(Path.GetTempPath(), $"weir-archive-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder);
        Store = new SegmentLogStore(new SegmentLogOptions { Directory = Path.Combine(Folder, "streams") });
        Duck = DuckDatabase.Open(Folder, new DuckOptions { MemoryBytes = 256 << 20 });
        Services = new ExchangeServices
        {
            Store = Store, Duck = Duck, Folder = Path.Combine(Folder, "archive"), Time = time ?? TimeProvider.System,
            StepReached = stepReached, Keys = new EncryptionKeys(KeyFolder),
        };
    }

    public string KeyFolder => Path.Combine(Folder, "keys");

    /// <summary>Lays a key down for encryption, or another in its place.</summary>
    public void BringKey(string name, byte filledWith)
    {
        Directory.CreateDirectory(KeyFolder);
        File.WriteAllText(Path.Combine(KeyFolder, name + ".key"), Convert.ToBase64String(Enumerable.Repeat(filledWith, 32).ToArray()));
    }

    public string Folder { get; }

    public SegmentLogStore Store { get; }

    public DuckDatabase Duck { get; }

    public ExchangeServices Services { get; }

    public string ArchiveFolder => Path.Combine(Folder, "archive", "telemetry");

    public static StreamName Stream { get; } = new("exchanges", "telemetry");

    /// <summary>Options that archive nothing by themselves within a test.</summary>
    public static ExchangeOptions Quiet { get; } = new()
    {
        Name = "telemetry",
        Roll = new RollOptions { MaxAge = TimeSpan.FromHours(1) },
        Stream = new StreamOptions { SegmentBytes = 64 << 10 },
    };

    public Task<Exchange> OpenAsync(ExchangeOptions? options = null) => Exchange.OpenAsync(options ?? Quiet, Services);

    public string[] Files() => [.. Directory.EnumerateFiles(ArchiveFolder, "*.parquet", SearchOption.AllDirectories).OrderBy(Path.GetFileName, StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Duck.Dispose();
        if (ownsFolder) Directory.Delete(Folder, recursive: true);
    }

    public static InboundMessage Message(string topic, string payload) =>
        new(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload));

    /// <summary>Messages with the payloads "first", "first + 1" ….</summary>
    public static InboundMessage[] Numbered(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => Message($"line/{number % 7}/temperature", $"{number}"))];

    /// <summary>Waits until something is so, and fails when it is not within two minutes.</summary>
    public static async Task Until(Func<bool> isSo, string what)
    {
        for (var deadline = Environment.TickCount64 + 120_000; !isSo(); await Task.Delay(10))
        {
            if (Environment.TickCount64 > deadline) Assert.Fail($"Not so within two minutes: {what}");
        }
    }
}

/// <summary>Short ways to ask an exchange.</summary>
internal static class ExchangeExtensions
{
    public static MessageQuery Everything { get; } = new(0, long.MaxValue);

    /// <summary>All messages of a range, page by page.</summary>
    public static async Task<List<ArchivedMessage>> AllAsync(this Exchange exchange, MessageQuery? query = null)
    {
        List<ArchivedMessage> all = [];
        MessageKey? after = null;
        do
        {
            var page = await exchange.QueryAsync((query ?? Everything) with { After = after });
            all.AddRange(page.Messages);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    public static async Task<List<int>> NumbersAsync(this Exchange exchange) =>
        [.. (await exchange.AllAsync()).Select(message => int.Parse(Encoding.UTF8.GetString(message.Payload.Span)))];

    /// <summary>Messages that gaps speak of.</summary>
    public static long Missing(this Exchange exchange, MessageGapCause? cause = null) =>
        exchange.Statistics.Gaps.Where(gap => cause is null || gap.Cause == cause).Sum(gap => gap.Messages ?? 0);

    public static async Task AcceptAsync(this Exchange exchange, int first, int count, int batch = 100)
    {
        for (var at = 0; at < count; at += batch) await exchange.AcceptAsync(Site.Numbered(first + at, Math.Min(batch, count - at)));
    }
}
