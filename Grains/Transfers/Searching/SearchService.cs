using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Transfers;
using Weir.Grains.Transfers.Receiving;
using Weir.Grains.Transfers.Recording;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Searching;

/// <summary>What searches work with.</summary>
internal sealed partial class SearchTools(
    IOptions<TransferOptions> options, SiteVoice voice, TransferRecorder record, TimeProvider time, ILogger<SearchTools> logger)
{
    private long staged;

    public TransferOptions Options => options.Value;

    public SiteVoice Voice => voice;

    public TransferRecorder Record => record;

    public TimeProvider Time => time;

    /// <summary>Takes bytes of what staged files may have; false where they are used up.</summary>
    public bool Reserve(long bytes)
    {
        if (Interlocked.Add(ref staged, bytes) <= Options.StageBytes) return true;
        Interlocked.Add(ref staged, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes) => Interlocked.Add(ref staged, -bytes);

    public void Log(Exception error, string id) => LogFailed(logger, error, id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Search {Id} failed")]
    private static partial void LogFailed(ILogger logger, Exception error, string id);
}

/// <summary>
/// The searches of this process: starts them within limits, remembers those that have ended, takes uploads up again that a
/// former process has left, and sweeps. All members may be called from any thread.
/// </summary>
internal sealed class SearchService(SearchTools tools, FileReceiver receiver, IGrainFactory grains) : BackgroundService
{
    private const int MostRemembered = 200;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly List<SearchRun> runs = [];
    private readonly ConcurrentDictionary<Task, bool> running = new();

    private string Folder => Path.Combine(tools.Options.Folder, "outgoing");

    public IReadOnlyList<SearchStatus> All
    {
        get { lock (gate) return [.. runs.Select(run => run.Status)]; }
    }

    /// <summary>Does what a request asks.</summary>
    /// <exception cref="SearchException">It cannot be done; the message says why.</exception>
    public async Task<SearchStatus> TakeAsync(string client, string exchange, ReadOnlyMemory<byte> json)
    {
        var request = SearchRequest.Parse(json);
        switch (request.Action)
        {
            case SearchAction.Cancel:
                return Cancel(request.Id) ?? throw new SearchException(request.Id, $"No search '{request.Id}' runs.");
            case SearchAction.Status:
                return Find(request.Id)?.Status ?? throw new SearchException(request.Id, $"There is no search '{request.Id}'.");
            case SearchAction.Resume:
                return Resume(request);
            default:
                await CheckAsync(request, exchange);
                return Start(request, client, exchange);
        }
    }

    /// <summary>Ends a search; null where none of that id runs.</summary>
    public SearchStatus? Cancel(string id)
    {
        if (Find(id) is not { Status.State: SearchState.Running } run) return null;
        run.Cancel();
        return run.Status;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Restore();
        tools.Record.Settle([.. receiver.Begun.Select(file => (file.Client, file.Id, file.Began))], [.. All.Where(status => status.State == SearchState.Running)]);
        using var timer = new PeriodicTimer(SweepEvery, tools.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                receiver.Sweep();
                Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends; uploads go on when it comes back.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        lock (gate)
        {
            foreach (var run in runs) run.Job.Freeze();
            foreach (var run in runs.Where(run => run.Status.State == SearchState.Running)) run.Cancel();
        }
        await Task.WhenAll(running.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CheckAsync(SearchRequest request, string exchange)
    {
        if (request.To is { } parent && !tools.Options.Parents.ContainsKey(parent))
        {
            var known = tools.Options.Parents.Count == 0 ? "none is set up" : $"there is {string.Join(", ", tools.Options.Parents.Keys)}";
            throw new SearchException(request.Id, $"to must name a parent of Weir:Transfers:Parents, but is '{parent}'; {known}.");
        }
        if (request is { To: not null, Files: SearchFiles.Messages or SearchFiles.None })
            throw new SearchException(request.Id, "to is for files, so files must be cut or whole.");
        if (await grains.GetGrain<IExchangeGrain>(exchange).GetSettingsAsync() is null)
            throw new SearchException(request.Id, $"There is no exchange '{exchange}' on this site.");
    }

    private SearchStatus Start(SearchRequest request, string client, string exchange)
    {
        lock (gate)
        {
            if (runs.Find(run => run.Request.Id == request.Id) is { } known)
            {
                if (known.Status.State == SearchState.Running) throw new SearchException(request.Id, $"A search '{request.Id}' runs already; cancel it, or take another id.");
                Forget(known);
            }
            if (runs.Count(run => run.Status.State == SearchState.Running) >= tools.Options.MaxSearches)
                throw new SearchException(request.Id, $"{tools.Options.MaxSearches} searches run already; ask again when one has ended.");
            var job = SearchJob.New(Path.Combine(Folder, request.Id), request.Id, exchange, client, request.To, tools.Time.GetUtcNow());
            job.Discard();
            return Begin(new SearchRun(request, job, grains.GetGrain<IExchangeGrain>(exchange), tools, job.Began), work: null);
        }
    }

    private SearchStatus Resume(SearchRequest request)
    {
        lock (gate)
        {
            if (Find(request.Id) is not { } known || known.Job.Files.Count == 0)
                throw new SearchException(request.Id, $"The search '{request.Id}' has no files any more; search again.");
            if (known.Status.State == SearchState.Running) throw new SearchException(request.Id, $"The search '{request.Id}' still runs.");
            if (request.File is not { } number) throw new SearchException(request.Id, "file must name the file that is to be sent again.");
            var run = new SearchRun(request with { To = null }, known.Job, grains.GetGrain<IExchangeGrain>(known.Job.Exchange), tools);
            runs.Remove(known);
            known.Dispose();
            return Begin(run, (self, stop) => self.ResumeAsync(number, request.Offset, stop));
        }
    }

    private void Restore()
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var folder in Directory.EnumerateDirectories(Folder))
        {
            if (SearchJob.Restore(folder) is not { } job)
            {
                Directory.Delete(folder, recursive: true);
                continue;
            }
            foreach (var file in job.Files) tools.Reserve(file.Bytes);
            var request = new SearchRequest { Id = job.Id, To = job.To };
            var run = new SearchRun(request, job, grains.GetGrain<IExchangeGrain>(job.Exchange), tools, job.Began);
            lock (gate)
            {
                // Only an upload has somebody at its other end who still waits.
                if (job is { IsOpen: true, To: { } parent } && tools.Options.Parents.ContainsKey(parent)) Begin(run, (self, stop) => self.SendFilesAsync(stop));
                else
                {
                    run.Rest();
                    runs.Add(run);
                }
            }
        }
    }

    private SearchStatus Begin(SearchRun run, Func<SearchRun, CancellationToken, Task>? work)
    {
        runs.Insert(0, run);
        var task = Task.Run(() => run.RunAsync(work));
        running[task] = true;
        task.ContinueWith(ended => running.TryRemove(ended, out _), TaskScheduler.Default);
        return run.Status;
    }

    private void Sweep()
    {
        lock (gate)
        {
            foreach (var run in runs.Where(run => run.Status.Ended is { } ended && tools.Time.GetUtcNow() - ended > tools.Options.StagedAge).ToList()) Drop(run);
            foreach (var run in runs.Where(run => run.Status.State != SearchState.Running).Skip(MostRemembered).ToList()) Forget(run);
        }
    }

    private void Forget(SearchRun run)
    {
        runs.Remove(run);
        Drop(run);
        run.Dispose();
    }

    private void Drop(SearchRun run) => tools.Release(run.Job.Discard());

    private SearchRun? Find(string id)
    {
        lock (gate) return runs.Find(run => run.Request.Id == id);
    }
}

/// <summary>Takes requests that come over MQTT, so many of each client, and tells each what became of it.</summary>
internal sealed class SearchCommands(Lazy<SearchService> service, SiteVoice voice, TimeProvider time, IOptions<TransferOptions> options)
{
    private const string Prefix = "$weir/search/";
    private const string NoId = "invalid";
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (long Began, int Count)> clients = new(StringComparer.Ordinal);

    public static bool IsOne(Topic topic) => topic.Name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Takes a request; the answer comes on <c>$weir/result/ID</c>.</summary>
    public void Take(string client, string topic, ReadOnlyMemory<byte> json) => _ = Task.Run(() => TakeAsync(client, topic[Prefix.Length..], json));

    private async Task TakeAsync(string client, string exchange, ReadOnlyMemory<byte> json)
    {
        try
        {
            if (!IsAllowed(client)) throw new SearchException(null, $"A client may send {options.Value.SearchesPerClient} requests in {Window.TotalSeconds} seconds; wait a little.");
            var status = await service.Value.TakeAsync(client, exchange, json);
            await voice.SayAsync(SearchRun.ResultTopic + status.Id, status, CancellationToken.None);
        }
        catch (Exception error) // whatever it was, who asked must hear of it
        {
            var id = (error as SearchException)?.Id;
            await voice.SayAsync(
                SearchRun.ResultTopic + (id ?? NoId), new { id, exchange, client, state = "refused", error = error.Message }, CancellationToken.None);
        }
    }

    private bool IsAllowed(string client)
    {
        var now = time.GetTimestamp();
        var counted = clients.AddOrUpdate(
            client, _ => (now, 1),
            (_, known) => time.GetElapsedTime(known.Began, now) > Window ? (now, 1) : (known.Began, known.Count + 1));
        // Those that were quiet for long are forgotten now and then.
        if (clients.Count > 10_000)
        {
            foreach (var (name, known) in clients)
            {
                if (time.GetElapsedTime(known.Began, now) > Window) clients.TryRemove(name, out _);
            }
        }
        return counted.Count <= options.Value.SearchesPerClient;
    }
}
