using System.Diagnostics;
using Orleans.Runtime;
using Weir.Archive;
using Weir.Grains.Peers;
using Weir.Streams;

namespace Weir.Grains.Exchanges;

/// <summary>
/// An exchange that lives on another silo, or nowhere just now: messages go to its grain, which Orleans places anew
/// where its silo has gone. May be called from any thread.
/// </summary>
/// <remarks>
/// A call whose answer is lost with a silo is made again, so its messages may be kept twice; what was acknowledged is
/// kept. Messages in memory are bounded by what the broker lets its connections have unanswered.
/// </remarks>
internal sealed class RemoteExchange : IExchangeTarget
{
    // Longer than it takes to find a silo dead with Orleans' own settings.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Below Orleans' own time-out of a call, so that a wait for room in the exchange ends there rather than goes on unseen.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly IExchangeIntakeGrain exchange;
    private readonly BundleSender bundles;

    public RemoteExchange(string name, IGrainFactory grains)
    {
        exchange = grains.GetGrain<IExchangeIntakeGrain>(name);
        bundles = new BundleSender(SendAsync);
    }

    public ValueTask AcceptAsync(ReadOnlySpan<InboundMessage> messages, CancellationToken cancellationToken)
    {
        var accepted = bundles.Add(messages, static (target, all) =>
        {
            foreach (ref readonly var message in all) MessageBundle.Write(target, message);
            return all.Length;
        });
        return new ValueTask(accepted.WaitAsync(cancellationToken));
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, int messages)
    {
        var bundle = new MessageBundle(bytes, messages);
        var began = Stopwatch.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                using var limit = new CancellationTokenSource(CallPatience);
                await exchange.AcceptAsync(bundle, limit.Token);
                return;
            }
            catch (Exception e) when (IsOfTheWay(e) && Stopwatch.GetElapsedTime(began) + pause < Patience)
            {
                await Task.Delay(pause);
            }
        }
    }

    // The silo went, could not be reached, or still holds the exchange's folder while it ends. What the exchange itself
    // refuses is final.
    private static bool IsOfTheWay(Exception fault) =>
        fault is TimeoutException or OperationCanceledException or OrleansException or (IOException and not StreamStoreException);
}
