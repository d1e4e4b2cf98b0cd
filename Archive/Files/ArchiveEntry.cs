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
    public void Verify(EncryptionKeys keys, CancellationToken cancellationToken)
    {
        if (isVerified) return;
        lock (verifying)
        {
            if (isVerified) return;
            try
            {
                Measure(cancellationToken);
            }
            catch (Exception error) when (error is UnauthorizedAccessException or IOException and not ArchiveFileException)
            {
                throw Unreadable(error);
            }
            if (file.EncryptionKey is not null)
            {
                using var encrypted = Open(keys);
                Metadata = encrypted.Metadata;
            }
            isVerified = true;
            trouble = null;
        }
    }

    /// <summary>Like <see cref="Verify"/>, though it was done before.</summary>
    public void VerifyAgain(EncryptionKeys keys, CancellationToken cancellationToken)
    {
        isVerified = false;
        Verify(keys, cancellationToken);
    }

    /// <summary>Opens an encrypted file.</summary>
    /// <exception cref="ArchiveFileException">Its key is missing or another one, or it is not the file that its name says.</exception>
    public EncryptedParquetFile Open(EncryptionKeys keys)
    {
        var name = file.EncryptionKey!;
        try
        {
            var opened = EncryptedParquetFile.TryOpen(Path, keys.Find(name))
                ?? throw new ArchiveFileException($"The file '{file.Name}' was encrypted with another key than the one that is named '{name}' now.", MessageGapCause.UnreadableFile);
            if (opened.Identity.Length == 0 || opened.Identity == file.Identity) return opened;
            opened.Dispose();
            throw new ArchiveFileException($"The file '{file.Name}' is another one: it was written as '{opened.Identity}'.", MessageGapCause.CorruptFile);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException and not ArchiveFileException)
        {
            throw Unreadable(error);
        }
    }

    /// <summary>A row group of the opened file, plain and in memory.</summary>
    /// <exception cref="ArchiveFileException">A part of it is not what was written there.</exception>
    public MemoryFile Decrypt(EncryptedParquetFile opened, EncryptedRowGroup rowGroup)
    {
        try
        {
            return opened.Decrypt(rowGroup);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error);
        }
    }

    private ArchiveFileException Damaged(InvalidDataException error) =>
        new($"The file '{file.Name}' is damaged: {error.Message}", MessageGapCause.CorruptFile);

    private ArchiveFileException Unreadable(Exception error) =>
        new($"The file '{file.Name}' cannot be read: {error.Message}", MessageGapCause.UnreadableFile);

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
