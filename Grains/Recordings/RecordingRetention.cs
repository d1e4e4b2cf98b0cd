using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Grains.Interfaces.Recordings;
using Weir.Streams;
using Weir.Vision.Recording.Store;

namespace Weir.Grains.Recordings;

/// <summary>Has every camera's recordings let go of what is old enough, also those of cameras that were removed.</summary>
internal sealed partial class RecordingRetention(
    IGrainFactory grains, IStreamStore streams, TimeProvider time, ILogger<RecordingRetention> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var camera in await VideoStore.CamerasAsync(streams, stoppingToken))
                    await grains.GetGrain<IRecordingGrain>(camera).TrimAsync();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFault(logger, e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Old video could not be let go; it is tried again later.")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
