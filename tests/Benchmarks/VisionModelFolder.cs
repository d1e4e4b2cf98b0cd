using System.Diagnostics;

namespace Weir.Benchmarks;

/// <summary>The folder of the detector that npm brings, converted if that has not been done yet.</summary>
internal static class VisionModelFolder
{
    public static async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Weir.slnx")))
            root = root.Parent
                ?? throw new DirectoryNotFoundException($"Weir.slnx is in no folder above {AppContext.BaseDirectory}.");

        var folder = Path.Combine(root.FullName, "native/models/centernet");
        if (File.Exists(Path.Combine(folder, "model.json"))) return folder;

        using var converter = Process.Start("dotnet",
        [
            "run", "--project", Path.Combine(root.FullName, "native/ModelConverter"), "--",
            Path.Combine(root.FullName, "native/node_modules"), Path.Combine(root.FullName, "native/models"),
        ]);
        await converter.WaitForExitAsync(cancellationToken);
        return converter.ExitCode == 0
            ? folder
            : throw new InvalidOperationException("The model could not be converted; see above.");
    }
}
