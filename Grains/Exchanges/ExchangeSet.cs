using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Weir.Archive;
using Weir.Archive.Duck;
using Weir.Grains.Sites;
using Weir.Mqtt;
using Weir.Streams;

namespace Weir.Grains.Exchanges;

/// <summary>
/// The exchanges that are open in this process, those that the site has elsewhere, and which topics they take. Grains
/// open and close them; the broker's messages find them through <see cref="Routes"/>. May be called from any thread.
/// </summary>
internal sealed class ExchangeSet : IAsyncDisposable
{
    private readonly IOptions<SiteOptions> options;
    private readonly IStreamStore streams;
    private readonly ExchangeElsewhere elsewhere;
    private readonly TimeProvider time;
    private readonly ILogger<Exchange> logger;
    private readonly SemaphoreSlim changing = new(1, 1);
    private readonly Lock gate = new();
    private readonly Lazy<DuckDatabase> duck;
    private readonly EncryptionKeys keys;
    private readonly ExchangeMetrics metrics;
    private readonly Dictionary<string, IExchangeTarget> remotes = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, Entry> entries = ImmutableSortedDictionary.Create<string, Entry>(StringComparer.Ordinal);
    private ExchangeDirectory directory = ExchangeDirectory.None;

    public ExchangeSet(
        IOptions<SiteOptions> options, IStreamStore streams, ExchangeElsewhere elsewhere, TimeProvider time, ILogger<Exchange> logger)
    {
        (this.options, this.streams, this.elsewhere, this.time, this.logger) = (options, streams, elsewhere, time, logger);
        duck = new Lazy<DuckDatabase>(() =>
        {
            if (Directory.Exists(TemporaryFolder)) Directory.Delete(TemporaryFolder, recursive: true);
            return DuckDatabase.Open(options.Value.DataFolder);
        });
        keys = new EncryptionKeys(options.Value.EncryptionKeyFolder is { Length: > 0 } folder ? folder : null);
        metrics = new ExchangeMetrics(() => entries.Values.Select(entry => entry.Open.Exchange));
    }

    /// <summary>Which exchanges take which topics just now.</summary>
    public ExchangeRoutes Routes { get; private set; } = ExchangeRoutes.None;

    /// <summary>Takes over which exchanges the site has, unless it is older than what is known.</summary>
    public void Know(ExchangeDirectory newest)
    {
        lock (gate)
        {
            if (newest.Version <= directory.Version) return;
            directory = newest;
            foreach (var name in remotes.Keys.Except(newest.Exchanges.Select(exchange => exchange.Name)).ToList()) remotes.Remove(name);
            Publish();
        }
    }

    /// <summary>Opens an exchange, or gives one that is open new options.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message says which.</exception>
    public async Task<Exchange> OpenAsync(ExchangeOptions settings, CancellationToken cancellationToken = default)
    {
        var filters = settings.TopicFilters.Select(ParseFilter).ToImmutableArray();
        await changing.WaitAsync(cancellationToken);
        try
        {
            var open = entries.GetValueOrDefault(settings.Name)?.Open;
            if (open is null) open = new LocalExchange(await Exchange.OpenAsync(settings, Services(), cancellationToken));
            else await open.Exchange.ApplyAsync(settings, cancellationToken);
            Change(entries.SetItem(settings.Name, new Entry(open, filters)));
            return open.Exchange;
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Looks whether the key can be had that options name.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says where it was looked for.</exception>
    public void CheckKey(ExchangeOptions settings)
    {
        if (settings.Parquet.EncryptionKey is { } key && EncryptionKeys.IsName(key) && !keys.TryFind(key, out _, out var problem))
            throw new ArgumentException(problem);
    }

    /// <summary>Closes an exchange: it takes no more messages, and its files stay.</summary>
    public async Task CloseAsync(string name)
    {
        await changing.WaitAsync();
        try
        {
            if (!entries.TryGetValue(name, out var entry)) return;
            Change(entries.Remove(name));
            await entry.Open.Exchange.DisposeAsync();
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>The path of a file that is made for a moment; what a crash leaves of them goes at the next start.</summary>
    public string TemporaryFile()
    {
        Directory.CreateDirectory(TemporaryFolder);
        return Path.Combine(TemporaryFolder, $"{Guid.NewGuid():N}.parquet");
    }

    public async ValueTask DisposeAsync()
    {
        metrics.Dispose();
        foreach (var name in entries.Keys) await CloseAsync(name);
        if (duck.IsValueCreated) duck.Value.Dispose();
        changing.Dispose();
    }

    private string TemporaryFolder => Path.Combine(options.Value.DataFolder, "exports");

    private void Change(ImmutableSortedDictionary<string, Entry> changed)
    {
        lock (gate)
        {
            entries = changed;
            Publish();
        }
    }

    // What is open here knows its own filters best; the rest of the site's exchanges are elsewhere.
    private void Publish()
    {
        var open = entries.Values.Select(entry => ((IExchangeTarget)entry.Open, entry.Filters));
        var others = directory.Exchanges.Where(exchange => !entries.ContainsKey(exchange.Name))
            .Select(exchange => (Remote(exchange.Name), exchange.Filters.Select(ParseFilter).ToImmutableArray()));
        Routes = new ExchangeRoutes([.. open, .. others]);
    }

    // One for each name, however often routes change, since it keeps the order of the messages.
    private IExchangeTarget Remote(string name) =>
        remotes.TryGetValue(name, out var known) ? known : remotes[name] = elsewhere(name);

    private ExchangeServices Services() => new()
    {
        Store = streams,
        Duck = duck.Value,
        Folder = options.Value.ArchiveFolder is { Length: > 0 } shared ? shared : Path.Combine(options.Value.DataFolder, "archive"),
        Keys = keys,
        Time = time,
        Logger = logger,
    };

    private static TopicFilter ParseFilter(string text)
    {
        if (!TopicFilter.TryParse(text, out var filter, out var fault)) throw new ArgumentException(fault);
        if (filter.ShareName is not null)
            throw new ArgumentException($"An exchange takes every message of its topics, so the shared filter '{text}' has no meaning for it.");
        return filter;
    }

    private sealed record Entry(LocalExchange Open, ImmutableArray<TopicFilter> Filters);
}
