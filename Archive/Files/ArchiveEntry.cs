using Weir.Archive.Duck;
using Weir.Archive.Encryption;

namespace Weir.Archive;

/// <summary>A file in the catalog: it stays on disk while a query reads it, even after the catalog has let it go.</summary>
/// <param name="folder">Where it lies.</param>
/// <param name="file">What its name says.</param>
internal sealed class ArchiveEntry(string folder, ArchiveFile file)
{
    private readonly Lock gate = new();
    private readonly Lock verifying = new();
    private int readers;
    private bool isRetired;
    private volatile bool isVerified;
    private volatile Trouble? trouble;

    public ArchiveFile File => file;

    /// <summary>What is known of its typed columns; null before somebody has looked.</summary>
    public EntrySchema? Schema { get; set; }

    public string Path { get; } = System.IO.Path.Combine(folder, file.Name);

    /// <summary>The key-value metadata of an encrypted file, which DuckDB shows of plain ones only; null before it was verified.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; private set; }

    /// <summary>The name under which DuckDB knows the file's key since it was verified; null for a plain file.</summary>
    public string? DuckKey { get; private set; }

    /// <summary>Keeps the file on disk until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (gate) readers++;
    }

    public void Release()
    {
        lock (gate)
        {
            if (--readers == 0 && isRetired) Delete();
        }
    }

    /// <summary>Deletes the file as soon as nobody reads it.</summary>
    public void Retire()
    {
        lock (gate)
        {
            isRetired = true;
            if (readers == 0) Delete();
        }
    }

    /// <summary>Says that the file was just written and measured.</summary>
    public void MarkVerified() => isVerified = file.EncryptionKey is null;

    /// <summary>Says that the file cannot be read, so that queries leave it out until a time.</summary>
    public void MarkUnreadable(string why, DateTimeOffset until) => trouble = new Trouble(why, until);

    /// <summary>Why the file cannot be read; null where nothing speaks against it.</summary>
    public string? WhyUnreadable(DateTimeOffset now) => trouble is { } known && now < known.Until ? known.Why : null;

    /// <summary>Has the next query try the file whatever was known of it.</summary>
    public void LookAgain() => trouble = null;

    /// <summary>
    /// Holds the file's bytes against the checksum in its name, once in the life of the process: DuckDB itself would
    /// give wrong rows for a flipped bit. Of an encrypted file the key is tried as well.
    /// </summary>
    /// <exception cref="ArchiveFileException">The file is not what its name says, or cannot be read.</exception>
    public void Verify(DuckKeys keys, CancellationToken cancellationToken)
    {
        if (isVerified) return;
        lock (verifying)
        {
            if (isVerified) return;
            try
            {
                Measure(cancellationToken);
                if (file.EncryptionKey is { } name) DuckKey = Unlock(name, keys);
            }
            catch (Exception error) when (error is UnauthorizedAccessException or IOException and not ArchiveFileException)
            {
                throw new ArchiveFileException($"The file '{file.Name}' cannot be read: {error.Message}", MessageGapCause.UnreadableFile);
            }
            isVerified = true;
            trouble = null;
        }
    }

    /// <summary>Like <see cref="Verify"/>, though it was done before.</summary>
    public void VerifyAgain(DuckKeys keys, CancellationToken cancellationToken)
    {
        isVerified = false;
        Verify(keys, cancellationToken);
    }

    // DuckDB takes a wrong key for a fault of its own, so it is never shown one.
    private string Unlock(string name, DuckKeys keys)
    {
        var key = keys.Find(name);
        using var stream = System.IO.File.OpenRead(Path);
        try
        {
            Metadata = ParquetEncryption.TryReadMetadata(stream, key);
        }
        catch (InvalidDataException error)
        {
            throw new ArchiveFileException($"The file '{file.Name}' is damaged: {error.Message}", MessageGapCause.CorruptFile);
        }
        if (Metadata is null)
            throw new ArchiveFileException($"The file '{file.Name}' was encrypted with another key than the one that is named '{name}' now.", MessageGapCause.UnreadableFile);
        return keys.Register(key);
    }

    private void Delete()
    {
        try
        {
            System.IO.File.Delete(Path);
            // The day's folder goes with its last file.
            if (System.IO.Path.GetFileName(folder).StartsWith(ArchiveFile.DayPrefix, StringComparison.Ordinal)
                && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A gap speaks of it already; the next start tries again.
        }
    }

    private void Measure(CancellationToken cancellationToken)
    {
        try
        {
            using var handle = System.IO.File.OpenHandle(Path);
            var (bytes, checksum) = DurableFile.Measure(handle, cancellationToken);
            if (bytes != file.Bytes)
                throw new ArchiveFileException($"The file '{file.Name}' should have {file.Bytes:N0} bytes, but has {bytes:N0}.", MessageGapCause.CorruptFile);
            if (checksum != file.Checksum)
                throw new ArchiveFileException($"The file '{file.Name}' is damaged: its checksum is {checksum:x8}.", MessageGapCause.CorruptFile);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArchiveFileException($"The file '{file.Name}' is gone from '{folder}'.", MessageGapCause.MissingFile);
        }
    }

    private sealed record Trouble(string Why, DateTimeOffset Until);
}
