using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Receiving;

/// <summary>
/// A file that is coming, on disk: its <c>init.json</c>, the bytes so far, and a list of which those are, so that it can go
/// on after any interruption. Who writes or ends it holds a lock on it.
/// </summary>
internal sealed class IncomingFile
{
    private readonly string folder;
    private readonly ByteRanges ranges = new();

    private IncomingFile(string folder, string client, string id, FileInit init, DateTimeOffset began)
    {
        this.folder = folder;
        (Client, Id, Init, Began) = (client, id, init, began);
    }

    public string Client { get; }

    public string Id { get; }

    public FileInit Init { get; }

    /// <summary>When its client began it.</summary>
    public DateTimeOffset Began { get; }

    /// <summary>Bytes that are there.</summary>
    public long Bytes => ranges.Total;

    /// <summary>What it takes of the quota: what it has, or what it is going to have.</summary>
    public long Claim => Math.Max(ranges.End, Init.Size ?? 0);

    /// <summary>When the newest piece came.</summary>
    public DateTimeOffset Touched { get; private set; }

    private string DataPath => Path.Combine(folder, "data");

    private string RangesPath => Path.Combine(folder, "ranges");

    public static IncomingFile Begin(string folder, string client, string id, FileInit init, DateTimeOffset now)
    {
        Directory.CreateDirectory(folder);
        var file = new IncomingFile(folder, client, id, init, now) { Touched = now };
        File.WriteAllBytes(Path.Combine(folder, "data"), []);
        File.WriteAllBytes(file.RangesPath, []);
        // Last: a folder without it was never begun.
        File.WriteAllBytes(Path.Combine(folder, "init.json"), JsonSerializer.SerializeToUtf8Bytes(new Page(client, id, init, now)));
        return file;
    }

    /// <summary>What a former process has left; null where it is not whole.</summary>
    public static IncomingFile? Restore(string folder)
    {
        var path = Path.Combine(folder, "init.json");
        try
        {
            if (!File.Exists(path) || JsonSerializer.Deserialize<Page>(File.ReadAllBytes(path)) is not { } page) return null;
            var file = new IncomingFile(folder, page.Client, page.Id, page.Init, page.Began ?? File.GetLastWriteTimeUtc(path)) { Touched = File.GetLastWriteTimeUtc(Path.Combine(folder, "ranges")) };
            var there = new FileInfo(file.DataPath).Length;
            foreach (var line in File.ReadLines(file.RangesPath))
            {
                // The last line may be cut off.
                var numbers = line.Split(' ');
                if (numbers.Length == 3 && numbers[2] == "." && long.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                    && long.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && start + length <= there)
                    file.ranges.Add(start, length);
            }
            return file;
        }
        catch (Exception error) when (error is JsonException or FileNotFoundException)
        {
            return null;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        using (var data = File.OpenHandle(DataPath, FileMode.Open, FileAccess.Write)) RandomAccess.Write(data, bytes, offset);
        File.AppendAllText(RangesPath, string.Create(CultureInfo.InvariantCulture, $"{offset} {bytes.Length} .\n"));
        ranges.Add(offset, bytes.Length);
        Touched = now;
    }

    /// <summary>Checks that all of it is there and puts it in its place.</summary>
    /// <exception cref="FileTransferException">Something is missing, or a checksum does not hold.</exception>
    public ReceivedEntry Finish(long size, string? checksum, string target, DateTimeOffset now)
    {
        if (Init.Size is { } promised && promised != size)
            throw new FileTransferException(ReasonCode.ImplementationSpecificError, $"The file was announced with {promised:N0} bytes, but is to be finished with {size:N0}.");
        if (ranges.Total < size || ranges.FirstMissing < size)
            throw new FileTransferException(ReasonCode.ImplementationSpecificError, string.Create(CultureInfo.InvariantCulture,
                $"Of {size} bytes {Math.Min(ranges.Total, size)} are here; the first that is missing is at offset {ranges.FirstMissing}."));
        if (ranges.End > size)
            throw new FileTransferException(ReasonCode.ImplementationSpecificError, string.Create(CultureInfo.InvariantCulture,
                $"The file is to be finished with {size} bytes, but bytes up to {ranges.End} have come."));
        string found;
        using (var data = File.OpenHandle(DataPath, FileMode.Open, FileAccess.ReadWrite))
        {
            found = Hash(data);
            if ((checksum ?? Init.Checksum) is { } expected && expected != found)
                throw new FileTransferException(ReasonCode.ImplementationSpecificError, $"The file's SHA-256 is {found}, but should be {expected}.");
            Streams.DeviceSync.File(data, $"The file '{DataPath}'");
        }
        var entry = new ReceivedEntry(Client, Id, Init.Name, size, found, now, Init.ExpireAt, Init.UserData);
        entry.Save(target, DataPath);
        Discard();
        return entry;
    }

    /// <summary>Whether it has been discarded.</summary>
    public bool IsGone { get; private set; }

    public void Discard()
    {
        IsGone = true;
        Directory.Delete(folder, recursive: true);
    }

    private static string Hash(SafeFileHandle data)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (long at = 0; RandomAccess.Read(data, buffer, at) is > 0 and var read; at += read) sha.AppendData(buffer.AsSpan(0, read));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    // An earlier version did not keep when it began.
    private sealed record Page(string Client, string Id, FileInit Init, DateTimeOffset? Began = null);
}

/// <summary>A file that has come.</summary>
internal sealed record ReceivedEntry(
    string Client, string Id, string Name, long Size, string Checksum, DateTimeOffset At, long? ExpireAt, JsonElement? UserData)
{
    private const string AboutName = "file.json";
    private const string ContentName = "content";

    /// <summary>Where its bytes are, below the folder it was saved in.</summary>
    public string ContentPath(string folder) => Path.Combine(folder, ContentName, Name);

    /// <summary>Moves the bytes into a folder; there is all of it, or nothing.</summary>
    public void Save(string folder, string data)
    {
        Directory.CreateDirectory(Path.Combine(folder, ContentName));
        File.Move(data, ContentPath(folder), overwrite: true);
        var temporary = Path.Combine(folder, AboutName + ".tmp");
        using (var about = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(about, JsonSerializer.SerializeToUtf8Bytes(this), 0);
            Streams.DeviceSync.File(about, $"The file '{temporary}'");
        }
        File.Move(temporary, Path.Combine(folder, AboutName), overwrite: true);
        Streams.DeviceSync.Folder(Path.Combine(folder, ContentName));
        Streams.DeviceSync.Folder(folder);
    }

    /// <summary>Reads it back; null where it was not whole.</summary>
    public static ReceivedEntry? Load(string folder)
    {
        try
        {
            var path = Path.Combine(folder, AboutName);
            var entry = File.Exists(path) ? JsonSerializer.Deserialize<ReceivedEntry>(File.ReadAllBytes(path)) : null;
            return entry is not null && File.Exists(entry.ContentPath(folder)) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
