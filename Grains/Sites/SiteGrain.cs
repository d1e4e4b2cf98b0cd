using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Weir.Database.Site;
using Weir.Grains.Alarms;
using Weir.Grains.Exchanges;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Recordings;
using Weir.Grains.Interfaces.Rules;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Observers;
using Weir.Grains.Peers;
using Weir.Grains.Results;
using Weir.Streams;
using Weir.Streams.Provider;
using SiloStatus = Weir.Grains.Interfaces.Sites.SiloStatus;

namespace Weir.Grains.Sites;

/// <summary>The directory of a site, and the site at a glance.</summary>
[KeepAlive]
internal sealed partial class SiteGrain(
    [PersistentState("site", SiteStorage.Name)] IPersistentState<SiteState> state,
    DiskUsage disk, IStreamStore streams, IServiceProvider services, SiteCatalogue catalogue, TimeProvider time, ILogger<SiteGrain> logger)
    : Grain, ISiteGrain, IExchangeDirectoryGrain
{
    private const int MostNameLength = 64;
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(2);

    private readonly LiveObservers<ISiteObserver> observers = new(logger);
    private readonly Dictionary<string, StandingAlarm> starting = new(StringComparer.Ordinal);
    private DateTimeOffset started;

    private IAlarmLogGrain Alarms => GrainFactory.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);

    private IBrokerGrain Broker => GrainFactory.GetGrain<IBrokerGrain>(ISiteGrain.Key);

    private IPeersGrain Peers => GrainFactory.GetGrain<IPeersGrain>(ISiteGrain.Key);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        started = time.GetUtcNow();
        this.RegisterGrainTimer(TellAsync, TellEvery, TellEvery);
        // Those that were on a silo that has gone are called to life on another.
        this.RegisterGrainTimer(
            StartAllAsync, new GrainTimerCreationOptions { DueTime = LookEvery, Period = LookEvery, Interleave = true });
        return Task.CompletedTask;
    }

    public async Task StartAsync()
    {
        await StartAllAsync(CancellationToken.None);
        // From now on it measures rates, so that the first page that asks has them.
        await Broker.GetStatusAsync();
    }

    public Task<ExchangeDirectory> GetDirectoryAsync() => Task.FromResult(Directory());

    public async Task PutCameraAsync(string id, CameraSettings settings, string? who = null)
    {
        CheckName(id, "camera id");
        await Camera(id).ApplyAsync(settings);
        await Recording(id).FollowAsync();
        if (state.State.Cameras.Add(id)) await state.WriteStateAsync();
        var shown = settings with { Url = (await Camera(id).GetStatusAsync()).Source };
        await catalogue.PutCameraAsync(id, settings.Name ?? id, JsonSerializer.Serialize(shown), who);
    }

    public async Task<bool> RemoveCameraAsync(string id, string? who = null)
    {
        if (!state.State.Cameras.Remove(id)) return false;
        await state.WriteStateAsync();
        await Camera(id).RemoveAsync();
        await Recording(id).FollowAsync();
        await Alarms.ClearSourceAsync($"camera/{id}");
        await catalogue.RemoveCameraAsync(id, who);
        return true;
    }

    public async Task PutExchangeAsync(string name, ExchangeSettings settings, string? who = null)
    {
        CheckName(name, "exchange name");
        await Exchange(name).ApplyAsync(settings);
        state.State.Exchanges.Add(name);
        await catalogue.PutExchangeAsync(name, JsonSerializer.Serialize(settings), who);
        await FilterAsync(name, settings.Filters);
    }

    public async Task<bool> RemoveExchangeAsync(string name, string? who = null)
    {
        if (!state.State.Exchanges.Remove(name)) return false;
        await FilterAsync(name, null);
        await Exchange(name).RemoveAsync();
        await catalogue.RemoveExchangeAsync(name, who);
        return true;
    }

    public async Task<SiteOverview> GetOverviewAsync()
    {
        var cameras = Task.WhenAll(state.State.Cameras.Select(CameraStatusAsync));
        var exchanges = Task.WhenAll(state.State.Exchanges.Select(ExchangeStatusAsync));
        var broker = Broker.GetStatusAsync();
        var alarms = Alarms.ListAsync(time.GetUtcNow() - TimeSpan.FromHours(1));
        return new SiteOverview
        {
            Time = time.GetUtcNow(),
            Started = started,
            Cameras = [.. (await cameras).OfType<CameraStatus>()],
            Exchanges = [.. (await exchanges).OfType<ExchangeStatus>()],
            Broker = await broker,
            Alarms = await alarms,
            Disk = disk.Read(),
        };
    }

    public async Task<SystemStatus> GetSystemAsync()
    {
        var grains = await GrainFactory.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        var all = await streams.ListAsync();
        return new SystemStatus
        {
            Time = time.GetUtcNow(),
            Silos = [.. (await Task.WhenAll((await Peers.ListAsync()).Select(SiloStatusAsync))).OfType<SiloStatus>()],
            Grains = [.. grains.GroupBy(grain => ShortName(grain.GrainType), StringComparer.Ordinal)
                .Select(group => new GrainCount(group.Key, group.Sum(grain => grain.ActivationCount)))
                .OrderBy(count => count.Type, StringComparer.Ordinal)],
            Streams = [.. all.Select(Describe)],
            ResultSinks = [.. (await Task.WhenAll(ResultStreams().Select(SinkStatusAsync))).OfType<ResultSinkStatus>()],
        };
    }

    public Task SubscribeAsync(ISiteObserver observer)
    {
        observers.Subscribe(observer);
        return Task.CompletedTask;
    }

    public Task UnsubscribeAsync(ISiteObserver observer)
    {
        observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        if (!observers.Any) return;
        var overview = await GetOverviewAsync();
        await observers.NotifyAsync(observer => observer.OnOverviewAsync(overview));
    }

    // One camera or exchange that cannot start must not keep the others from it: its alarm tells.
    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        foreach (var name in state.State.Exchanges.ToList())
            await StartOneAsync($"exchange/{name}", async () => await KnowAsync(name, await Exchange(name).GetSettingsAsync()));
        foreach (var id in state.State.Cameras.ToList())
        {
            await StartOneAsync($"camera/{id}", () => Camera(id).GetSettingsAsync());
            await StartOneAsync($"recording/{id}", () => Recording(id).GetSettingsAsync());
        }
        foreach (var stream in ResultStreams()) await StartOneAsync($"database/{stream}", () => Sink(stream).GetStatusAsync());
        await StartOneAsync("rules", () => GrainFactory.GetGrain<IRulesGrain>(ISiteGrain.Key).ListAsync());
        await StartOneAsync("database/retention", () => GrainFactory.GetGrain<IRetentionGrain>(ISiteGrain.Key).StartAsync());
    }

    private async Task StartOneAsync(string source, Func<Task> start)
    {
        if (!starting.TryGetValue(source, out var alarm)) starting[source] = alarm = new StandingAlarm(Alarms, source, "start");
        try
        {
            await start();
            await alarm.FollowAsync(null);
        }
        catch (Exception e)
        {
            LogCannotStart(logger, source, e);
            await alarm.FollowAsync($"It could not be started: {e.Message}");
        }
    }

    // A site that was set up before the site itself kept the filters learns them from the exchanges.
    private Task KnowAsync(string name, ExchangeSettings? settings) =>
        settings is null || state.State.Filters.ContainsKey(name) || !state.State.Exchanges.Contains(name)
            ? Task.CompletedTask
            : FilterAsync(name, settings.Filters);

    /// <summary>Keeps the filters of an exchange, and ends when every silo that runs routes by them.</summary>
    private async Task FilterAsync(string name, IReadOnlyList<string>? filters)
    {
        if (filters is null) state.State.Filters.Remove(name);
        else state.State.Filters[name] = filters;
        state.State.ExchangesVersion++;
        await state.WriteStateAsync();
        var directory = Directory();
        await Task.WhenAll((await Peers.ListAsync()).Select(peer => TellAsync(peer, directory)));
    }

    // A silo that cannot be told has gone, or asks by itself in a moment.
    private async Task TellAsync(IPeer peer, ExchangeDirectory directory)
    {
        try
        {
            await peer.OnExchangesAsync(directory).WaitAsync(PeerPatience, time);
        }
        catch (Exception e)
        {
            LogPeerNotTold(logger, e);
        }
    }

    private ExchangeDirectory Directory() => new(
        state.State.ExchangesVersion,
        [.. state.State.Filters.Select(exchange => new ExchangeFilters(exchange.Key, exchange.Value))]);

    // A camera or exchange that is removed while the overview is made is simply not in it; one that cannot start has
    // its alarm.
    private async Task<CameraStatus?> CameraStatusAsync(string id)
    {
        try
        {
            return await Camera(id).GetStatusAsync();
        }
        catch (Exception e)
        {
            LogNoStatus(logger, id, e.Message);
            return null;
        }
    }

    private async Task<ExchangeStatus?> ExchangeStatusAsync(string name)
    {
        try
        {
            return await Exchange(name).GetStatusAsync();
        }
        catch (Exception e)
        {
            LogNoStatus(logger, name, e.Message);
            return null;
        }
    }

    private async Task<SiloStatus?> SiloStatusAsync(IPeer peer)
    {
        try
        {
            return await peer.GetSiloAsync().WaitAsync(PeerPatience, time);
        }
        catch (Exception e)
        {
            LogNoStatus(logger, "A silo", e.Message);
            return null;
        }
    }

    private async Task<ResultSinkStatus?> SinkStatusAsync(string stream)
    {
        try
        {
            return await Sink(stream).GetStatusAsync();
        }
        catch (Exception e)
        {
            LogNoStatus(logger, stream, e.Message);
            return null;
        }
    }

    private IEnumerable<string> ResultStreams() => ProviderQueues.Of(services, DetectionStreams.Provider).Streams.Select(stream => stream.ToString());

    private IResultSinkGrain Sink(string stream) => GrainFactory.GetGrain<IResultSinkGrain>(stream);

    private ICameraGrain Camera(string id) => GrainFactory.GetGrain<ICameraGrain>(id);

    private IRecordingGrain Recording(string id) => GrainFactory.GetGrain<IRecordingGrain>(id);

    private IExchangeGrain Exchange(string name) => GrainFactory.GetGrain<IExchangeGrain>(name);

    private static StreamStatus Describe(StreamDescription stream) => new(
        stream.Name.ToString(), stream.Events, stream.Bytes, stream.Head.ToString(), stream.Tail.ToString(),
        [.. stream.Readers.Select(reader => new ReaderStatus(
            reader.Reader, reader.Position.ToString(),
            stream.Events is null ? null : Math.Max(0, stream.Tail.Offset - Math.Max(reader.Position.Offset, stream.Head.Offset))))]);

    /// <summary>The class without namespace, assembly and the word grain: <c>Camera</c>.</summary>
    private static string ShortName(string grainType)
    {
        var name = grainType.Split(',')[0];
        name = name[(name.LastIndexOf('.') + 1)..];
        return name.EndsWith("Grain", StringComparison.Ordinal) ? name[..^"Grain".Length] : name;
    }

    private static void CheckName(string name, string what)
    {
        if (StreamName.IsValid(name) && name.Length <= MostNameLength) return;
        throw new ArgumentException(
            $"A {what} must have 1 to {MostNameLength} characters out of letters, digits, '-' and '.', "
            + $"beginning with a letter or a digit, but is '{name}'.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Source} could not be started.")]
    private static partial void LogCannotStart(ILogger logger, string source, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A silo could not be told of the site's exchanges; it learns of them by itself.")]
    private static partial void LogPeerNotTold(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Name} gave no status: {Reason}")]
    private static partial void LogNoStatus(ILogger logger, string name, string reason);
}
