namespace Weir.Vision.Tests.Media;

/// <summary>A folder of one test's own, deleted at its end.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("weir-vision-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
