using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Weir.Database.Transfers;
using Weir.Grains.Interfaces.Transfers;
using Weir.Grains.Transfers.Receiving;

namespace Weir.Grains.Transfers.Recording;

/// <summary>
/// Keeps the record of the transfers of this process in the database. Transfers never wait for it: what is noted is
/// stored a moment later, the newest of each transfer, and while the database is away it stays in memory within a bound.
/// All members may be called from any thread.
/// </summary>
internal sealed partial class TransferRecorder : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const string StoppedMeanwhile = "The site was stopped while it ran.";
    private static readonly TimeSpan StoreEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly TransferTable table;
    private readonly TimeProvider time;
    private readonly ILogger<TransferRecorder> logger;
    private readonly string holder;
    private readonly long began;
    private Dictionary<string, TransferRow> waiting = new(StringComparer.Ordinal);
    private HashSet<string>? running;
    private long dropped;

    public TransferRecorder(TransferTable table, IOptions<TransferOptions> options, TimeProvider time, ILogger<TransferRecorder> logger)
    {
        (this.table, this.time, this.logger) = (table, time, logger);
        // One process at a time has the folder, and has it again after a restart.
        holder = Hash($"{Environment.MachineName}\n{Path.GetFullPath(options.Value.Folder)}")[..32];
        began = Micros(time.GetUtcNow());
    }

    /// <summary>Notes how a search stands.</summary>
    public void Note(SearchStatus search) => Note(new TransferRow
    {
        Id = IdOf(search), Kind = search.To is null ? "search" : "upload", Site = search.To ?? "", Item = search.Exchange, Name = search.Id,
        Client = search.Client.Length > 0 ? search.Client : null, ByteSize = search.FileBytesTotal, ByteDone = search.FileBytes, Messages = search.Messages,
        State = search.State switch
        {
            SearchState.Running => TransferStates.Running,
            SearchState.Done => TransferStates.Done,
            SearchState.Failed => TransferStates.Failed,
            _ => TransferStates.Cancelled,
        },
        Fault = search.Error, Started = Micros(search.Began), Ended = search.Ended is { } ended ? Micros(ended) : null, Holder = holder,
    });

    /// <summary>Notes how a file that comes stands.</summary>
    public void Note(IncomingFile file, string state, string? fault = null, string? checksum = null) => Note(new TransferRow
    {
        Id = IdOf(file.Client, file.Id, file.Began), Kind = "receive", Item = file.Init.Name, Name = file.Id, Client = file.Client, Sha256 = checksum ?? file.Init.Checksum,
        ByteSize = file.Init.Size ?? file.Bytes, ByteDone = file.Bytes, State = state, Fault = fault, Started = Micros(file.Began),
        Ended = state == TransferStates.Running ? null : Micros(time.GetUtcNow()), Holder = holder,
    });

    /// <summary>
    /// Says which transfers of a former process go on. All others that it has left are ended in the record. Called once.
    /// </summary>
    public void Settle(IReadOnlyList<(string Client, string Id, DateTimeOffset Began)> files, IReadOnlyList<SearchStatus> searches)
    {
        lock (gate)
        {
            running = new HashSet<string>(
                [.. files.Select(file => IdOf(file.Client, file.Id, file.Began)), .. searches.Select(IdOf)], StringComparer.Ordinal);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = StoreEvery;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
            var isStored = await StoreAsync(stoppingToken);
            pause = isStored ? StoreEvery : pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Stores what is still waiting, within a few seconds.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LastPatience);
        await StoreAsync(patience.Token);
    }

    /// <summary>Stores what is waiting.</summary>
    /// <returns>False where the database did not take it; it waits on.</returns>
    private async Task<bool> StoreAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, TransferRow> rows;
        HashSet<string>? settled;
        lock (gate)
        {
            if (waiting.Count == 0 && running is null) return true;
            (rows, waiting) = (waiting, new Dictionary<string, TransferRow>(StringComparer.Ordinal));
            settled = running;
        }
        try
        {
            if (settled is not null)
            {
                await table.EndOthersAsync(holder, settled, began, StoppedMeanwhile, Micros(time.GetUtcNow()), cancellationToken);
                lock (gate) running = null;
            }
            if (rows.Count > 0) await table.PutAsync(rows.Values, cancellationToken);
            if (Interlocked.Exchange(ref dropped, 0) is > 0 and var lost) LogDropped(logger, lost);
            return true;
        }
        catch (Exception fault)
        {
            if (!cancellationToken.IsCancellationRequested) LogNotStored(logger, fault, rows.Count);
            PutBack(rows);
            return false;
        }
    }

    private void Note(TransferRow row)
    {
        lock (gate)
        {
            if (waiting.Count < MostWaiting || waiting.ContainsKey(row.Id)) waiting[row.Id] = row;
            else Interlocked.Increment(ref dropped);
        }
    }

    // What was noted meanwhile is newer.
    private void PutBack(Dictionary<string, TransferRow> rows)
    {
        lock (gate)
        {
            foreach (var (id, row) in rows)
            {
                if (waiting.Count < MostWaiting) waiting.TryAdd(id, row);
                else if (!waiting.ContainsKey(id)) Interlocked.Increment(ref dropped);
            }
        }
    }

    private string IdOf(SearchStatus search) => Hash($"{holder}\nsearch\n{search.Id}\n{Micros(search.Began)}");

    private string IdOf(string client, string id, DateTimeOffset began) => Hash($"{holder}\nreceive\n{client}\n{id}\n{Micros(began)}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static long Micros(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    [LoggerMessage(Level = LogLevel.Warning, Message = "How {Count} transfers stand could not be stored; it is tried again.")]
    private static partial void LogNotStored(ILogger logger, Exception fault, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "While the database was away, {Count} notes on transfers had no room and are missing in the record.")]
    private static partial void LogDropped(ILogger logger, long count);
}
