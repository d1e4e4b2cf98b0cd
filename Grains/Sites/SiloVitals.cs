using System.Diagnostics;
using System.Reflection;
using Orleans.Runtime;
using Weir.Grains.Interfaces.Sites;
using SiloStatus = Weir.Grains.Interfaces.Sites.SiloStatus;

namespace Weir.Grains.Sites;

/// <summary>What the process of a silo uses. For one caller at a time.</summary>
internal sealed class SiloVitals(ILocalSiloDetails silo, TimeProvider time)
{
    private static readonly Process Process = Process.GetCurrentProcess();
    private static readonly string Version = VersionOf(typeof(SiloVitals).Assembly);
    private static readonly string Runtime = Describe(typeof(IManagementGrain).Assembly);

    private TimeSpan lastCpu;
    private long lastAt;

    public SiloStatus Read()
    {
        Process.Refresh();
        var cpu = Process.TotalProcessorTime;
        var share = lastAt == 0
            ? 0
            : (cpu - lastCpu) / (time.GetElapsedTime(lastAt) * Environment.ProcessorCount);
        (lastCpu, lastAt) = (cpu, time.GetTimestamp());
        return new SiloStatus(
            silo.Name, Version, Runtime, new DateTimeOffset(Process.StartTime.ToUniversalTime()), Environment.ProcessId,
            Environment.ProcessorCount, Math.Clamp(share, 0, 1), Process.WorkingSet64, GC.GetTotalMemory(false));
    }

    private static string Describe(Assembly assembly) => assembly.GetName().Name is "Orleans.Embedded" and var name
        ? name
        : $"Microsoft Orleans {VersionOf(assembly)}";

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
