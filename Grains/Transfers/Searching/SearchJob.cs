using System.Text.Json;
using Weir.Grains.Interfaces.Transfers;

namespace Weir.Grains.Transfers.Searching;

/// <summary>
/// What a search has ready for sending, on disk, so that an upload goes on after the process has ended. For the search that
/// runs it; others read.
/// </summary>
internal sealed class SearchJob
{
    private const string FileName = "job.json";

    private readonly Lock gate = new();
    private Page page;
    private bool isFrozen;

    private SearchJob(string folder, Page page) => (Folder, this.page) = (folder, page);

    public string Folder { get; }

    public string Id => page.Id;

    public string Exchange => page.Exchange;

    public string Client => page.Client;

    public string? To => page.To;

    /// <summary>When it began; null where an earlier version did not keep it.</summary>
    public DateTimeOffset? Began => page.Began;

    /// <summary>Whether it had not come to its end.</summary>
    public bool IsOpen => page.State == SearchState.Running;

    /// <summary>Whether the process ends, so that what is cut off by that is not cancelled.</summary>
    public bool IsFrozen
    {
        get { lock (gate) return isFrozen; }
    }

    /// <summary>When something was last done to it.</summary>
    public DateTimeOffset Touched => page.Touched;

    public IReadOnlyList<StagedFile> Files
    {
        get { lock (gate) return page.Files; }
    }

    public static SearchJob New(string folder, string id, string exchange, string client, string? to, DateTimeOffset now) =>
        new(folder, new Page(id, exchange, client, to, SearchState.Running, now, [], now));

    /// <summary>What a former process has left; null where there is nothing to be made of it.</summary>
    public static SearchJob? Restore(string folder)
    {
        try
        {
            var path = Path.Combine(folder, FileName);
            if (!File.Exists(path) || JsonSerializer.Deserialize<Page>(File.ReadAllBytes(path)) is not { } page) return null;
            return page.Files.All(file => File.Exists(file.Path)) ? new SearchJob(folder, page) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Add(StagedFile file) => Change(page => page with { Files = [.. page.Files, file] });

    public void Acknowledge(string number, long bytes) =>
        Change(page => page with { Files = [.. page.Files.Select(file => file.Number == number ? file with { Acknowledged = bytes } : file)] });

    public void Touch(SearchState state) => Change(page => page with { State = state });

    /// <summary>Nothing more is written: the process ends.</summary>
    public void Freeze()
    {
        lock (gate) isFrozen = true;
    }

    /// <summary>Lets go of all that is ready.</summary>
    /// <returns>How many bytes that were.</returns>
    public long Discard()
    {
        lock (gate)
        {
            var bytes = page.Files.Sum(file => file.Bytes);
            page = page with { Files = [] };
            if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
            return bytes;
        }
    }

    private void Change(Func<Page, Page> change)
    {
        lock (gate)
        {
            if (isFrozen) return;
            page = change(page) with { Touched = DateTimeOffset.UtcNow };
            // Nothing is lost without it but the work of sending again.
            if (page.Files.Count == 0) return;
            var path = Path.Combine(Folder, FileName);
            File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(page));
            File.Move(path + ".tmp", path, overwrite: true);
        }
    }

    private sealed record Page(
        string Id, string Exchange, string Client, string? To, SearchState State, DateTimeOffset Touched, IReadOnlyList<StagedFile> Files,
        DateTimeOffset? Began = null);
}
