using Orleans.Runtime;
using Weir.Grains.Interfaces.Recordings;
using Weir.Streams;
using Weir.Vision.Recording.Store;

namespace Weir.Grains.Recordings;

/// <summary>
/// The windows of a camera: each is copied into streams of its own, as its video comes. For use within a grain's turns.
/// </summary>
internal sealed class RecordingWindows(
    string camera, IPersistentState<RecordingGrainState> state, IStreamStore streams, VideoStore recordings, TimeProvider time)
{
    private const int Most = 100;
    private const int MostNote = 500;

    /// <summary>How long after its end video of a window may still come.</summary>
    private static readonly long Patience = (long)TimeSpan.FromMinutes(1).TotalMicroseconds;

    private bool copying;

    /// <summary>What begins here or later is not copied yet and must stay; null where nothing waits.</summary>
    public long? Hold => Waiting().Select(window => (long?)window.SafeTo).Min();

    /// <exception cref="ArgumentException">There are too many, or the request is wrong.</exception>
    public async Task<RecordingWindow> AddAsync(WindowRequest request)
    {
        if (request.KeepFor < TimeSpan.FromMinutes(1)) throw new ArgumentException($"keepFor must be at least a minute, but is {request.KeepFor}.");
        if (request.Note is { Length: > MostNote }) throw new ArgumentException($"note must have at most {MostNote} characters.");
        if (state.State.Windows.Count >= Most) throw new ArgumentException($"There are {Most} windows of camera '{camera}' already: release some.");
        var now = time.GetUtcNow();
        var window = new RecordingWindow
        {
            Id = Guid.CreateVersion7().ToString("N")[..16],
            From = request.From,
            To = request.To,
            Note = request.Note,
            Created = now,
            KeepUntil = now + request.KeepFor,
            ReleaseWhenFetched = request.ReleaseWhenFetched,
            SafeTo = request.From,
        };
        // The id of a window of the same millisecond would be the same but for its random part, which is cut off.
        while (Find(window.Id) is not null) window = window with { Id = Guid.NewGuid().ToString("N")[..16] };
        state.State.Windows.Add(window);
        await state.WriteStateAsync();
        await CopyAsync();
        return Find(window.Id) ?? window;
    }

    public async Task<IReadOnlyList<RecordingWindow>> ListAsync()
    {
        var listed = new List<RecordingWindow>();
        foreach (var window in state.State.Windows.OrderByDescending(window => window.Created))
            listed.Add(window with { Bytes = await Store(window.Id).BytesAsync() });
        return listed;
    }

    /// <summary>Copies what has come of the windows that are not whole yet.</summary>
    public async Task CopyAsync()
    {
        if (copying) return;
        copying = true;
        try
        {
            foreach (var window in Waiting().ToList())
            {
                var safe = await WindowCopy.RunAsync(recordings, Store(window.Id), window.From, window.To);
                var isWhole = safe >= window.To || Now() > window.To + Patience;
                if (safe == window.SafeTo && !isWhole) continue;
                Replace(window.Id, known => known with { SafeTo = safe, IsWhole = isWhole });
                await state.WriteStateAsync();
            }
        }
        finally
        {
            copying = false;
        }
    }

    public async Task FetchedAsync(string id)
    {
        if (Find(id) is not { } window) return;
        if (window is { ReleaseWhenFetched: true, IsWhole: true })
        {
            await ReleaseAsync(id);
            return;
        }
        Replace(id, known => known with { Fetched = time.GetUtcNow() });
        await state.WriteStateAsync();
    }

    public async Task<bool> ReleaseAsync(string id)
    {
        if (state.State.Windows.RemoveAll(window => window.Id == id) == 0) return false;
        await state.WriteStateAsync();
        await Store(id).DeleteAsync();
        return true;
    }

    /// <summary>Lets go of windows whose time is up.</summary>
    public async Task ExpireAsync()
    {
        foreach (var window in state.State.Windows.Where(window => window.KeepUntil < time.GetUtcNow()).ToList()) await ReleaseAsync(window.Id);
    }

    /// <exception cref="KeyNotFoundException">There is no such window.</exception>
    public VideoStore StoreOf(string id) =>
        Find(id) is not null ? Store(id) : throw new KeyNotFoundException($"There is no window '{id}' of camera '{camera}'.");

    private IEnumerable<RecordingWindow> Waiting() => state.State.Windows.Where(window => !window.IsWhole);

    private RecordingWindow? Find(string id) => state.State.Windows.Find(window => window.Id == id);

    private VideoStore Store(string id) => VideoStore.OfWindow(streams, camera, id);

    private void Replace(string id, Func<RecordingWindow, RecordingWindow> change)
    {
        var at = state.State.Windows.FindIndex(window => window.Id == id);
        if (at >= 0) state.State.Windows[at] = change(state.State.Windows[at]);
    }

    private long Now() => (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
