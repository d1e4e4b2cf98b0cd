using System.Diagnostics;

namespace Weir.EndToEnd.Tests;

/// <summary>Waits for what is to come, rather than for a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> failure)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > patience) Assert.Fail(failure());
            await Task.Delay(Pause);
        }
    }

    public static Task TrueAsync(Func<bool> condition, TimeSpan patience, Func<string> failure) =>
        TrueAsync(() => Task.FromResult(condition()), patience, failure);
}
