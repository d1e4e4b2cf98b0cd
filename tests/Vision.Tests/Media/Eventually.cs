using System.Diagnostics;
using Weir.Vision.Pipeline;

namespace Weir.Vision.Tests.Media;

/// <summary>Waits for what must come true, with a deadline that a slow machine does not reach.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public static CancellationToken Token => new CancellationTokenSource(Deadline).Token;

    public static async Task True(Func<bool> condition, Func<string> otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Deadline, otherwise());
            await Task.Delay(20);
        }
    }

    public static Task State(CameraPipeline pipeline, CameraState state) =>
        True(() => pipeline.Status.State == state, () => $"The camera is not {state}, but {pipeline.Status}");

    /// <summary>The next results, read as they come.</summary>
    public static async Task<List<FrameResult>> Results(CameraPipeline pipeline, int count)
    {
        var results = new List<FrameResult>();
        try
        {
            await foreach (var result in pipeline.Results.ReadAllAsync(Token))
            {
                results.Add(result);
                if (results.Count == count) break;
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Only {results.Count} of {count} results came: {pipeline.Status}");
        }
        return results;
    }
}
