using Weir.ModelConverter;
using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

[assembly: AssemblyFixture(typeof(CenterNet))]

namespace Weir.Vision.Tests.Media;

/// <summary>The real detector, converted from its npm package once for all tests.</summary>
public sealed class CenterNet : IDisposable
{
    private readonly TestFolder folder = new();

    public CenterNet()
    {
        Assert.True(new CenterNetPackage(Package).ConvertInto(folder.Path));
        Model = DetectionModel.Load(folder.Path);
    }

    /// <summary>The npm package, beside the solution.</summary>
    public static string Package { get; } = Path.Combine(Root(), "native/node_modules/@vladmandic/human");

    public string Folder => folder.Path;

    public DetectionModel Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        folder.Dispose();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Weir.slnx"))) folder = folder.Parent
            ?? throw new DirectoryNotFoundException("Weir.slnx is in no folder above the tests.");
        return folder.FullName;
    }
}
