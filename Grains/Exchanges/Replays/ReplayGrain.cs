using System.Globalization;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Mqtt;

namespace Weir.Grains.Exchanges.Replays;

/// <summary>Starts replays on this process's broker and keeps an eye on them.</summary>
[KeepAlive]
internal sealed class ReplayGrain(IMqttBroker broker, TimeProvider time) : Grain, IReplayGrain
{
    private const int MostRunning = 4;
    private const int MostRemembered = 50;

    private readonly List<ReplayRun> runs = [];

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        foreach (var run in runs) await run.DisposeAsync();
        runs.Clear();
    }

    public async Task<ReplayStatus> StartAsync(ReplayRequest request)
    {
        Check(request);
        if (runs.Count(run => run.Status.State == ReplayState.Running) >= MostRunning)
            throw new ArgumentException($"{MostRunning} replays run already; cancel one, or wait for its end.");
        var exchange = GrainFactory.GetGrain<IExchangeGrain>(request.Exchange);
        // The end is fixed now: what the replay itself puts into the exchange is not replayed.
        var newest = await exchange.QueryAsync(request.Range with { Backwards = true, Limit = 1, After = null });
        var range = request.Range with { Backwards = false, After = null, LastKey = newest.Rows.Count == 0 ? request.Range.LastKey : newest.Rows[0].Key };
        var total = newest.Rows.Count == 0 ? 0 : await exchange.CountAsync(range);
        var run = new ReplayRun(request with { Range = range }, total, exchange, broker, time);
        runs.Insert(0, run);
        if (runs.Count > MostRemembered && runs.FindLast(old => old.Status.State != ReplayState.Running) is { } oldest)
        {
            runs.Remove(oldest);
            await oldest.DisposeAsync();
        }
        return run.Status;
    }

    public Task<IReadOnlyList<ReplayStatus>> ListAsync() => Task.FromResult<IReadOnlyList<ReplayStatus>>([.. runs.Select(run => run.Status)]);

    public async Task<bool> CancelAsync(string id)
    {
        if (runs.Find(run => run.Status.Id == id) is not { Status.State: ReplayState.Running } found) return false;
        await found.StopAsync();
        return true;
    }

    private static void Check(ReplayRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Exchange)) throw new ArgumentException("exchange must name the exchange that is to be replayed.");
        if (string.IsNullOrEmpty(request.Prefix))
            throw new ArgumentException("prefix must not be empty: replayed messages would be taken for new ones.");
        if (request.Prefix.AsSpan().ContainsAny("+#\0") || request.Prefix[0] == '$' || request.Prefix.EndsWith('/'))
            throw new ArgumentException($"prefix must be a topic without wildcards, '$' before it or '/' after it, but is '{request.Prefix}'.");
        if (request.Speed is { } speed && (!double.IsFinite(speed) || speed is < 0.01 or > 10_000))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"speed must be between 0.01 and 10,000, or null for as fast as can be, but is {speed}."));
        if (request.PerSecond is < 1 or > 1_000_000)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"perSecond must be between 1 and 1,000,000, but is {request.PerSecond:N0}."));
    }
}
