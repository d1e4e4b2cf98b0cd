using System.Runtime.CompilerServices;
using System.Text;
using Weir.Database.Transfers;
using Weir.Grains.Exchanges;
using Weir.Grains.Interfaces.Transfers;
using Weir.Grains.Results;
using Weir.Grains.Transfers.Receiving;
using Weir.Grains.Transfers.Searching;

namespace Weir.Grains.Transfers;

/// <summary>Shows people and programs the searches and files of this process.</summary>
internal sealed class TransfersGrain(SearchService searches, FileReceiver receiver, TransferTable record) : Grain, ITransfersGrain
{
    private const int MostRecords = 1_000;

    public async Task<SearchStatus> StartSearchAsync(string exchange, string request)
    {
        try
        {
            return await searches.TakeAsync("", exchange, Encoding.UTF8.GetBytes(request));
        }
        catch (SearchException refusal)
        {
            // A type that both sides of a call know.
            throw new ArgumentException(refusal.Message);
        }
    }

    public Task<IReadOnlyList<SearchStatus>> ListSearchesAsync() => Task.FromResult(searches.All);

    public Task<bool> CancelSearchAsync(string id) => Task.FromResult(searches.Cancel(id) is not null);

    public Task<IReadOnlyList<TransferredFile>> ListFilesAsync()
    {
        var coming = receiver.Incoming.OrderByDescending(file => file.Touched)
            .Select(file => new TransferredFile(file.Client, file.Id, file.Name, file.Bytes, file.Size, false, file.Touched, null));
        var come = receiver.Received.Select(entry => new TransferredFile(entry.Client, entry.Id, entry.Name, entry.Size, entry.Size, true, entry.At, entry.Checksum));
        return Task.FromResult<IReadOnlyList<TransferredFile>>([.. coming, .. come]);
    }

    public async IAsyncEnumerable<byte[]> ReadFileAsync(string client, string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var found = receiver.Find(client, id) ?? throw new KeyNotFoundException($"No file of the transfer '{id}' has come from the client '{client}'.");
        await foreach (var piece in HistoryBytes.ReadAsync(found.Path, cancellationToken)) yield return piece;
    }

    public Task<bool> DeleteFileAsync(string client, string id) => Task.FromResult(receiver.Delete(client, id));

    public async Task<TransferPage> QueryRecordAsync(TransferQuery query)
    {
        if (query.Limit is < 1 or > MostRecords) throw new ArgumentException($"limit must be between 1 and {MostRecords:#,0}, but is {query.Limit}.");
        if (query.State is not (null or TransferStates.Running or TransferStates.Done or TransferStates.Failed or TransferStates.Cancelled))
            throw new ArgumentException($"state must be running, done, failed or cancelled, but is '{query.State}'.");
        var rows = await record.QueryAsync(new TransferFilter
        {
            State = query.State, From = query.From, To = query.To, Limit = query.Limit, After = ResultPlaces.Parse(query.After),
        });
        var next = rows.Count < query.Limit ? null : ResultPlaces.Text(rows[^1].Started, rows[^1].Id);
        return new TransferPage([.. rows.Select(ToMessage)], next);
    }

    private static TransferRecord ToMessage(TransferRow row) => new()
    {
        Id = row.Id, Kind = row.Kind, Item = row.Item, Name = row.Name, Client = row.Client, To = row.Site.Length > 0 ? row.Site : null, State = row.State,
        Fault = row.Fault, Bytes = row.ByteDone, BytesTotal = row.ByteSize, Messages = row.Messages, Checksum = row.Sha256,
        Began = ResultMapping.ToTime(row.Started), Ended = row.Ended is { } ended ? ResultMapping.ToTime(ended) : null,
    };
}
