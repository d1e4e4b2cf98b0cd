using System.Diagnostics;

namespace Weir.Benchmarks;

/// <summary>Processor time of processes (from <c>/proc/PID/stat</c>), all of their threads, in user and in system mode.</summary>
internal static class ProcessorTime
{
    public static TimeSpan OfThis => Of(Environment.ProcessId);

    public static TimeSpan Of(params IEnumerable<int> processes)
    {
        var total = TimeSpan.Zero;
        foreach (var id in processes)
        {
            using var process = Process.GetProcessById(id);
            total += process.TotalProcessorTime;
        }
        return total;
    }
}
