using System.Globalization;

namespace Weir.Silo.Start;

/// <summary>
/// The data folder of a running site. Held by a lock on a file in it, which ends with the process however that ends,
/// so that two sites never write to one folder.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream held;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        this.held = held;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>Makes the folder where it is missing, and takes it.</summary>
    /// <exception cref="CannotStartException">It cannot be written, or another process has it.</exception>
    public static DataFolder Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
            var held = new FileStream(
                System.IO.Path.Combine(path, "weir.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.SetLength(0);
            held.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            held.Flush();
            return new DataFolder(path, held);
        }
        catch (UnauthorizedAccessException)
        {
            throw Unwritable(path, "permission denied");
        }
        catch (IOException) when (File.Exists(System.IO.Path.Combine(path, "weir.lock")))
        {
            throw new CannotStartException(
                $"Another Weir runs on the data folder '{path}'. Stop it, or give this one a folder of its own with --data.");
        }
        catch (IOException e)
        {
            throw Unwritable(path, e.Message);
        }
    }

    /// <summary>A folder within it.</summary>
    public string Part(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();

    private static CannotStartException Unwritable(string path, string why) =>
        new($"The data folder '{path}' cannot be written ({why}). Make it writable, or give another with --data.");
}
