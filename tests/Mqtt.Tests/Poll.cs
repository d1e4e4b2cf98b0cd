using System.Diagnostics;

namespace Weir.Mqtt.Tests;

internal static class Poll
{
    /// <summary>Waits until something holds, no longer than two minutes.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        for (var waiting = Stopwatch.StartNew(); !holds(); await Task.Delay(10))
        {
            if (waiting.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException($"It did not come true within two minutes that {what}.");
        }
    }
}
