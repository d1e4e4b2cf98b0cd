using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>
/// Brings one stream of results into the database. While one batch is written the next is read; more are not in memory.
/// It goes on until it is disposed, whatever fails. All members may be called from any thread.
/// </summary>
public sealed class StreamSink : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly SinkOptions Apart = new() { BatchRows = 1, Linger = TimeSpan.Zero };

    private readonly SiteDatabase database;
    private readonly IStreamStore store;
    private readonly StreamName stream;
    private readonly IResultDecoder decoder;
    private readonly SinkServices services;
    private readonly SinkWriter writer;
    private readonly CancellationTokenSource stop = new();
    private readonly SinkProgress progress;
    private readonly Task running;

    internal StreamSink(SinkServices services, StreamName stream, IResultDecoder decoder)
    {
        (this.services, this.stream, this.decoder) = (services, stream, decoder);
        (database, store) = (services.Database, services.Store);
        writer = new SinkWriter(database, stream, services.Time);
        progress = new SinkProgress(stream, store, services.Time);
        services.Metrics.Add(progress);
        running = Task.Run(RunAsync);
    }

    /// <summary>How it does.</summary>
    public SinkStatus Status => progress.Status;

    /// <summary>Stops; a batch that is being written is stored, or not, as a whole.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested) return;
        await stop.CancelAsync();
        await running;
        services.Metrics.Remove(progress);
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (SinkOvertakenException e)
            {
                SinkLog.Overtaken(services.Logger, e.Message);
            }
            catch (Exception e)
            {
                // The stream's store is away; the database has a pause of its own.
                progress.Failed(e.Message);
                SinkLog.Interrupted(services.Logger, stream, e);
                await Task.Delay(services.Options.FirstPause, services.Time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync()
    {
        var place = await BeginAsync();
        await using var reader = new SinkReader(
            await store.OpenReaderAsync(stream, place.Place, stop.Token), decoder, place, services.Options, services.Time);
        var batches = Channel.CreateBounded<SinkBatch>(1);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var read = Task.Run(() => ReadAsync(reader, batches.Writer, reading.Token));
        Task[] parts = [StoreAllAsync(batches.Reader), LookAsync(reading.Token), TellAsync(reading.Token)];
        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            await reading.CancelAsync();
            batches.Writer.TryComplete();
            await Task.WhenAll([read, .. parts]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Where to go on. The database's word counts. Where the stream has never heard of this sink, it is another stream
    /// than the one that the database knows (or has lost what it was told), so all of it is read; what is stored already
    /// is left out.
    /// </summary>
    private async Task<SinkPlace> BeginAsync()
    {
        var described = await store.DescribeAsync(stream, stop.Token) ?? throw new StreamNotFoundException(stream);
        var heard = await store.ReadCheckpointAsync(stream, SinkOptions.Reader, stop.Token);
        var place = await AskAsync(writer.FindAsync);
        if (place is null)
        {
            place = await PlaceAsync(null, described.Head, null);
        }
        else if (heard is null)
        {
            place = await PlaceAsync(place, described.Head, described.Tail);
        }
        else if (place.Place > described.Tail)
        {
            SinkLog.StreamIsShorter(services.Logger, stream, place.Place, described.Tail);
            place = await PlaceAsync(place, described.Tail, null);
        }
        await TellAsync(place.Place);
        progress.Began(place.Place);
        return place;
    }

    private Task<SinkPlace> PlaceAsync(SinkPlace? seen, StreamPosition at, StreamPosition? replayTo) =>
        AskAsync(token => writer.PlaceAsync(seen, at, replayTo, token));

    private static async Task ReadAsync(SinkReader reader, ChannelWriter<SinkBatch> batches, CancellationToken cancellationToken)
    {
        try
        {
            SinkBatch batch;
            do
            {
                batch = await reader.ReadAsync(cancellationToken);
                await batches.WriteAsync(batch, cancellationToken);
            }
            while (!batch.IsEnd);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (Exception e)
        {
            batches.TryComplete(e);
        }
    }

    private async Task StoreAllAsync(ChannelReader<SinkBatch> batches)
    {
        await foreach (var batch in batches.ReadAllAsync(stop.Token)) await StoreAsync(batch);
    }

    /// <summary>Looks how far the stream has got.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, services.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken)) await progress.LookAsync(cancellationToken);
    }

    /// <summary>Tells the stream now and then how far the database has got.</summary>
    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var told = progress.Place;
        using var timer = new PeriodicTimer(services.Options.CheckpointInterval, services.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var place = progress.Place;
            if (place == told) continue;
            await TellAsync(place);
            told = place;
        }
    }

    private async Task StoreAsync(SinkBatch batch)
    {
        try
        {
            await WriteAsync(batch);
        }
        catch (Exception e) when (IsRefused(e))
        {
            SinkLog.Refused(services.Logger, stream, batch.From, batch.Next, e);
            await StoreApartAsync(batch);
        }
    }

    /// <summary>Reads the events of a batch that the database refuses once more, and stores each alone: the one it does not take becomes a dead letter.</summary>
    private async Task StoreApartAsync(SinkBatch batch)
    {
        var place = await AskAsync(writer.FindAsync);
        await using var reader = new SinkReader(
            await store.OpenReaderAsync(stream, batch.From, stop.Token), decoder, place!, Apart, services.Time) { KeepsLast = true };
        while (progress.Place < batch.Next)
        {
            var one = await reader.ReadAsync(stop.Token);
            try
            {
                await WriteAsync(one);
            }
            catch (Exception e) when (IsRefused(e) && one.Last is not null)
            {
                one.GiveUp(e.Message);
                await WriteAsync(one);
            }
        }
    }

    private async Task WriteAsync(SinkBatch batch)
    {
        await AskAsync(async token =>
        {
            await writer.StoreAsync(batch, token);
            return true;
        });
        progress.Stored(batch);
    }

    /// <summary>Asks the database, and again with growing pauses for as long as it is away.</summary>
    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask)
    {
        while (true)
        {
            await services.Breaker.EnterAsync(stop.Token);
            try
            {
                var answer = await ask(stop.Token);
                services.Breaker.Succeeded();
                progress.Failed(null);
                return answer;
            }
            catch (Exception e) when (e is SinkOvertakenException || IsRefused(e))
            {
                services.Breaker.Succeeded();
                throw;
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                services.Breaker.Failed(e);
                progress.Failed($"The database is away: {e.Message}");
                SinkLog.DatabaseAway(services.Logger, stream, e.Message);
            }
        }
    }

    // Refused for what is in it, by the database or on the way there: it would be so again.
    private bool IsRefused(Exception fault) =>
        fault is DbException refused
            ? database.Dialect.IsRefused(refused)
            : fault is ArgumentException or FormatException or OverflowException or InvalidCastException or NotSupportedException;

    // The stream may let go of what lies before, so it must be safe from a loss of power first.
    private async Task TellAsync(StreamPosition place)
    {
        await AskAsync(async token =>
        {
            await database.SyncAsync(token);
            return true;
        });
        await store.WriteCheckpointAsync(stream, new ReaderCheckpoint(SinkOptions.Reader, place), CancellationToken.None);
    }
}
