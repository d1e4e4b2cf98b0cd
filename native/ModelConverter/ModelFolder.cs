using System.Security.Cryptography;
using System.Text.Json;
using Weir.Vision.Models;

namespace Weir.ModelConverter;

/// <summary>A model folder that is made out of files of an npm package, and made anew only when those have changed.</summary>
internal sealed class ModelFolder(string output)
{
    private const string DigestFile = "converted-from.sha256";

    /// <summary>Writes the ONNX file and <c>model.json</c>, unless they are there and made from the same sources.</summary>
    /// <param name="sources">All files that decide the result.</param>
    /// <param name="description">What <c>model.json</c> is to say.</param>
    /// <param name="onnx">Makes the ONNX file.</param>
    /// <returns>Whether anything was written.</returns>
    public bool Write(IReadOnlyList<string> sources, ModelDescription description, Func<byte[]> onnx)
    {
        var digest = Digest(sources);
        var digestPath = Path.Combine(output, DigestFile);
        if (File.Exists(digestPath) && File.ReadAllText(digestPath) == digest
            && File.Exists(Path.Combine(output, description.File)) && File.Exists(Path.Combine(output, ModelDescription.FileName)))
        {
            return false;
        }
        Directory.CreateDirectory(output);
        Write(Path.Combine(output, description.File), onnx());
        Write(Path.Combine(output, ModelDescription.FileName), description.ToJson());
        Write(digestPath, System.Text.Encoding.ASCII.GetBytes(digest));
        return true;
    }

    /// <summary>The version that a package's <c>package.json</c> tells.</summary>
    public static string VersionOf(string manifest)
    {
        using var package = JsonDocument.Parse(File.ReadAllBytes(manifest));
        return package.RootElement.GetProperty("version").GetString()!;
    }

    /// <summary>A file of a package, which must be there.</summary>
    /// <exception cref="ConversionException">It is not.</exception>
    public static string Require(string folder, string file, string package)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path)
            ? path
            : throw new ConversionException(
                $"{path} is missing: the folder must be that of the npm package {package}; "
                + "'npm ci --ignore-scripts' in native/ brings it.");
    }

    /// <summary>
    /// Over all that decides the result: the sources and the converter itself (its module id follows its code).
    /// </summary>
    private static string Digest(IReadOnlyList<string> sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in sources) hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
        hash.AppendData(typeof(ModelFolder).Module.ModuleVersionId.ToByteArray());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Under another name first, so that nobody reads half a file.</summary>
    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        var half = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllBytes(half, content);
        File.Move(half, path, overwrite: true);
    }
}
