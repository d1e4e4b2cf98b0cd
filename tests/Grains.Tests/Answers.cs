using System.Diagnostics;

namespace Weir.Grains.Tests;

/// <summary>Waits for answers that come by themselves.</summary>
internal static class Answers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks until the answer is as it should be, or a minute has gone; gives the last one, for the test to look at.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var answer = await ask();
            if (isSo(answer) || waited.Elapsed > Patience) return answer;
        }
    }
}
