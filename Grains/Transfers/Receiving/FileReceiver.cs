using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Weir.Database.Transfers;
using Weir.Grains.Transfers.Recording;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Receiving;

/// <summary>
/// Takes files piece by piece (EMQX's file transfer over MQTT). A command that comes twice changes nothing, and what is there
/// outlives the process: a client that was cut off sends init again and goes on. All members may be called from any thread.
/// </summary>
internal sealed class FileReceiver
{
    private readonly Lock gate = new();
    private readonly TransferOptions options;
    private readonly TimeProvider time;
    private readonly TransferRecorder record;
    private readonly Dictionary<(string Client, string Id), IncomingFile> incoming = [];
    private readonly Dictionary<(string Client, string Id), ReceivedEntry> received = [];

    public FileReceiver(IOptions<TransferOptions> options, TransferRecorder record, TimeProvider time)
    {
        this.options = options.Value;
        (this.record, this.time) = (record, time);
        foreach (var folder in Folders(IncomingFolder))
        {
            if (IncomingFile.Restore(folder) is { } file) incoming[(file.Client, file.Id)] = file;
            else Directory.Delete(folder, recursive: true);
        }
        foreach (var folder in Folders(ReceivedFolder))
        {
            if (ReceivedEntry.Load(folder) is { } entry) received[(entry.Client, entry.Id)] = entry;
        }
    }

    private string IncomingFolder => Path.Combine(options.Folder, "incoming");

    private string ReceivedFolder => Path.Combine(options.Folder, "received");

    /// <summary>The files that have come, the newest first.</summary>
    public IReadOnlyList<ReceivedEntry> Received
    {
        get { lock (gate) return [.. received.Values.OrderByDescending(entry => entry.At)]; }
    }

    /// <summary>The files that are coming: client, transfer, name, bytes that are here, bytes in all where known.</summary>
    public IReadOnlyList<(string Client, string Id, string Name, long Bytes, long? Size, DateTimeOffset Touched)> Incoming
    {
        get { lock (gate) return [.. incoming.Values.Select(file => (file.Client, file.Id, file.Init.Name, file.Bytes, file.Init.Size, file.Touched))]; }
    }

    /// <summary>The files that are coming: client, transfer, when it began.</summary>
    public IReadOnlyList<(string Client, string Id, DateTimeOffset Began)> Begun
    {
        get { lock (gate) return [.. incoming.Values.Select(file => (file.Client, file.Id, file.Began))]; }
    }

    /// <summary>Carries out a command.</summary>
    /// <exception cref="FileTransferException">It cannot be; the message says why.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Execute(string client, FileCommand command, ReadOnlySpan<byte> payload)
    {
        switch (command.Verb)
        {
            case FileVerb.Init: Begin(client, command.Id, FileInit.Parse(payload, options, time.GetUtcNow())); break;
            case FileVerb.Segment: Take(client, command, payload); break;
            case FileVerb.Fin: Finish(client, command); break;
            default: Abort(client, command.Id); break;
        }
    }

    /// <summary>Where the bytes of a file that has come are; null where there is none such.</summary>
    public (ReceivedEntry Entry, string Path)? Find(string client, string id)
    {
        lock (gate) return received.TryGetValue((client, id), out var entry) ? (entry, entry.ContentPath(FolderOf(ReceivedFolder, client, id))) : null;
    }

    /// <summary>Deletes a file that has come.</summary>
    public bool Delete(string client, string id)
    {
        lock (gate)
        {
            if (!received.Remove((client, id))) return false;
            Directory.Delete(FolderOf(ReceivedFolder, client, id), recursive: true);
            return true;
        }
    }

    /// <summary>Lets go of what nobody has finished in time, and of what has expired.</summary>
    public void Sweep()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            foreach (var (key, file) in incoming.Where(entry => now - entry.Value.Touched > Patience(entry.Value)).ToList())
            {
                incoming.Remove(key);
                lock (file)
                {
                    file.Discard();
                    record.Note(file, TransferStates.Failed, $"Nothing came of it for {Patience(file)}.");
                }
            }
            foreach (var (key, entry) in received.Where(entry => now - entry.Value.At > options.ReceivedAge || entry.Value.ExpireAt <= now.ToUnixTimeSeconds()).ToList())
                Delete(key.Client, key.Id);
        }
    }

    private TimeSpan Patience(IncomingFile file) =>
        file.Init.SegmentsTtl is { } seconds && seconds < options.UnfinishedAge.TotalSeconds ? TimeSpan.FromSeconds(seconds) : options.UnfinishedAge;

    private void Begin(string client, string id, FileInit init)
    {
        lock (gate) BeginLocked(client, id, init);
    }

    private void BeginLocked(string client, string id, FileInit init)
    {
        if (received.TryGetValue((client, id), out var known))
        {
            if (known.Name == init.Name && (init.Size ?? known.Size) == known.Size && (init.Checksum ?? known.Checksum) == known.Checksum) return;
            throw Refused($"The transfer '{id}' has brought another file already, '{known.Name}'.");
        }
        if (incoming.TryGetValue((client, id), out var open))
        {
            if (open.Init.IsSameAs(init)) return;
            throw Refused($"The transfer '{id}' was begun for another file, '{open.Init.Name}'; abort it first.");
        }
        if (incoming.Count >= options.MaxOpenFiles) throw Full($"There may be {options.MaxOpenFiles:N0} files coming at one time.");
        if (incoming.Keys.Count(key => key.Client == client) >= options.MaxOpenFilesPerClient)
            throw Full($"A client may have {options.MaxOpenFilesPerClient:N0} files coming at one time.");
        CheckQuota(init.Size ?? 0);
        var begun = IncomingFile.Begin(FolderOf(IncomingFolder, client, id), client, id, init, time.GetUtcNow());
        incoming[(client, id)] = begun;
        record.Note(begun, TransferStates.Running);
    }

    private void Take(string client, FileCommand command, ReadOnlySpan<byte> payload)
    {
        IncomingFile file;
        lock (gate)
        {
            // The file has come whole before: this is a late repeat.
            if (received.ContainsKey((client, command.Id))) return;
            file = Open(client, command.Id);
        }
        var end = command.Number + payload.Length;
        if (command.Number > options.MaxFileBytes || end > options.MaxFileBytes)
            throw Full($"A file may have {options.MaxFileBytes:N0} bytes, but this segment ends at {end:N0}.");
        if (end > file.Init.Size) throw Refused($"The file was announced with {file.Init.Size:N0} bytes, but this segment ends at {end:N0}.");
        if (command.Checksum is { } expected && Convert.ToHexStringLower(SHA256.HashData(payload)) is var found && found != expected)
            throw Refused($"The segment's SHA-256 is {found}, but should be {expected}.");
        lock (gate) CheckQuota(Math.Max(0, end - file.Claim));
        lock (file)
        {
            if (file.IsGone) throw Refused($"The transfer '{command.Id}' has been given up: nothing came for too long.");
            file.Write(command.Number, payload, time.GetUtcNow());
            record.Note(file, TransferStates.Running);
        }
    }

    private void Finish(string client, FileCommand command)
    {
        IncomingFile file;
        lock (gate)
        {
            if (IsFinished(client, command)) return;
            file = Open(client, command.Id);
        }
        // A large file takes a while to be read through; other transfers go on meanwhile.
        ReceivedEntry entry;
        lock (file)
        {
            if (file.IsGone) throw Refused($"The transfer '{command.Id}' has been given up: nothing came for too long.");
            try
            {
                entry = file.Finish(command.Number, command.Checksum, FolderOf(ReceivedFolder, client, command.Id), time.GetUtcNow());
            }
            catch (FileTransferException refusal)
            {
                record.Note(file, TransferStates.Running, refusal.Message);
                throw;
            }
            record.Note(file, TransferStates.Done, checksum: entry.Checksum);
        }
        lock (gate)
        {
            received[(client, command.Id)] = entry;
            incoming.Remove((client, command.Id));
        }
    }

    private bool IsFinished(string client, FileCommand command)
    {
        if (received.TryGetValue((client, command.Id), out var known))
        {
            if (known.Size == command.Number && (command.Checksum ?? known.Checksum) == known.Checksum) return true;
            throw Refused($"The transfer '{command.Id}' has brought a file of {known.Size:N0} bytes already.");
        }
        return false;
    }

    private void Abort(string client, string id)
    {
        IncomingFile? file;
        lock (gate) incoming.Remove((client, id), out file);
        if (file is null) return;
        lock (file)
        {
            file.Discard();
            record.Note(file, TransferStates.Cancelled);
        }
    }

    private IncomingFile Open(string client, string id) =>
        incoming.GetValueOrDefault((client, id)) ?? throw Refused($"The transfer '{id}' was not begun: send init first.");

    private void CheckQuota(long more)
    {
        var used = received.Values.Sum(entry => entry.Size) + incoming.Values.Sum(file => file.Claim);
        if (used + more > options.QuotaBytes) throw Full($"All files together may have {options.QuotaBytes:N0} bytes, and {used:N0} are taken.");
    }

    private static FileTransferException Refused(string why) => new(ReasonCode.ImplementationSpecificError, why);

    private static FileTransferException Full(string why) => new(ReasonCode.QuotaExceeded, why);

    private static List<string> Folders(string root) =>
        Directory.Exists(root) ? [.. Directory.EnumerateDirectories(root).SelectMany(Directory.EnumerateDirectories)] : [];

    private static string FolderOf(string root, string client, string id) => Path.Combine(root, Safe(client), Safe(id));

    // Whatever a client is named, its folder lies where it should: one with odd characters is named by its hash.
    private static string Safe(string name)
    {
        var isPlain = name.Length is > 0 and <= 100 && name[0] != '.' && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
        return isPlain ? name : "~" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..40];
    }
}
