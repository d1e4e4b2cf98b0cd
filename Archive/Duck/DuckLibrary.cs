using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weir.Archive.Duck;

/// <summary>Finds libduckdb.so beside the program.</summary>
internal static class DuckLibrary
{
    // A module initialiser, since blittable P/Invokes are bound when their caller is compiled: any later is too late.
#pragma warning disable CA2255 // meant for programs; here it is the only moment that is early enough
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(DuckLibrary).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != "duckdb") return 0;
        var architecture = RuntimeInformation.OSArchitecture is Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        var path = Path.Combine(AppContext.BaseDirectory, "runtimes", architecture, "native", "libduckdb.so");
        return File.Exists(path)
            ? NativeLibrary.Load(path)
            : throw new DllNotFoundException(
                $"DuckDB's library is not at '{path}'; run 'npm ci --ignore-scripts' in native/ and build again.");
    }
}
