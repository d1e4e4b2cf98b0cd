using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Weir.Archive;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Transfers;
using MessageQuery = Weir.Grains.Interfaces.Exchanges.MessageQuery;

namespace Weir.Grains.Transfers.Searching;

/// <summary>
/// One search: what is in the ring goes out as messages on <c>MQfile/ID</c>, what is on disk as files on
/// <c>ParquetFile/ID</c> or to a parent. Runs by itself; its status may be read from any thread.
/// </summary>
internal sealed class SearchRun : IDisposable
{
    /// <summary>Where rows go out.</summary>
    public const string MessageTopic = TransferTopics.Rows + "/";

    /// <summary>Where files go out.</summary>
    public const string FileTopic = TransferTopics.Files + "/";

    /// <summary>Where a search's progress is told.</summary>
    public const string ResultTopic = "$weir/result/";

    private const int PageRows = 2_000;
    private const int MostBatchBytes = 256 << 10;
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    private readonly SearchRequest request;
    private readonly IExchangeGrain exchange;
    private readonly SearchTools tools;
    private readonly SearchJob job;
    private readonly ByteBudget budget;
    private readonly Listeners listeners;
    private readonly CancellationTokenSource stopping = new();
    private long told;
    private volatile SearchStatus status;

    public SearchRun(SearchRequest request, SearchJob job, IExchangeGrain exchange, SearchTools tools, DateTimeOffset? began = null)
    {
        (this.request, this.job, this.exchange, this.tools) = (request, job, exchange, tools);
        status = new SearchStatus
        {
            Id = request.Id, Exchange = job.Exchange, Client = job.Client, To = request.To, Began = began ?? tools.Time.GetUtcNow(),
            FileBytesTotal = job.Files.Sum(file => file.Bytes),
        };
        budget = new ByteBudget(Math.Min(request.Rate ?? long.MaxValue, tools.Options.SearchBytesPerSecond), tools.Time);
        listeners = new Listeners(tools.Voice.Broker, [MessageTopic + request.Id, FileTopic + request.Id], tools.Time);
    }

    public SearchStatus Status => status;

    public SearchJob Job => job;

    public SearchRequest Request => request;

    /// <summary>Runs to its end; what goes wrong is in the status.</summary>
    public async Task RunAsync(Func<SearchRun, CancellationToken, Task>? work = null)
    {
        try
        {
            await TellAsync(stopping.Token);
            await (work is null ? SearchAsync(stopping.Token) : work(this, stopping.Token));
            End(SearchState.Done, null);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            End(SearchState.Cancelled, null);
        }
        catch (Exception error) // whatever it was, who asked must hear of it
        {
            tools.Log(error, request.Id);
            End(SearchState.Failed, error.Message);
        }
        job.Touch(status.State);
        await TellAsync(CancellationToken.None);
    }

    /// <summary>Takes the place of a search of a former process whose files can still be asked for.</summary>
    public void Rest() => End(
        job.IsOpen ? SearchState.Cancelled : SearchState.Done, job.IsOpen ? "The site was stopped while it ran; what is ready can be sent again (resume)." : null);

    public void Cancel() => stopping.Cancel();

    public void Dispose() => stopping.Dispose();

    /// <summary>Sends the files that are ready to where they go.</summary>
    public async Task SendFilesAsync(CancellationToken cancellationToken)
    {
        status = status with { FileBytesTotal = job.Files.Sum(file => file.Bytes), FileBytes = job.Files.Sum(file => file.Acknowledged) };
        IFileSender sender = request.To is { } parent
            ? await ParentSender.ConnectAsync(parent, tools.Options.Parents[parent], job, cancellationToken)
            : new LocalSender(tools.Voice, FileTopic + request.Id);
        await using (sender)
        {
            foreach (var file in job.Files.ToList()) await SendAsync(sender, file, file.Acknowledged, cancellationToken);
        }
    }

    /// <summary>Sends one file once more, from an offset on.</summary>
    public async Task ResumeAsync(string number, long offset, CancellationToken cancellationToken)
    {
        var file = job.Files.FirstOrDefault(candidate => candidate.Number == number)
            ?? throw new ArgumentException($"The search '{request.Id}' has no file '{number}'; it has {string.Join(", ", job.Files.Select(one => one.Number))}.");
        if (offset > file.Bytes) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The file '{number}' has {file.Bytes} bytes, so offset must not be {offset}."));
        await using var sender = new LocalSender(tools.Voice, FileTopic + request.Id);
        status = status with { FileBytes = offset };
        await SendAsync(sender, file, offset, cancellationToken);
    }

    private async Task SearchAsync(CancellationToken cancellationToken)
    {
        if (request.Files == SearchFiles.Messages)
        {
            await SendRowsAsync(firstKey: null, cancellationToken);
            return;
        }
        var ring = await exchange.GetRingStartAsync(cancellationToken);
        if (ring is not null) await SendRowsAsync(ring, cancellationToken);
        if (request.Files == SearchFiles.None) return;
        await StageAsync(Below(request.Ranges, ring), cancellationToken);
        await SendFilesAsync(cancellationToken);
    }

    private async Task SendRowsAsync(string? firstKey, CancellationToken cancellationToken)
    {
        var batch = new RowBatch(request.Batch, MostBatchBytes);
        string? last = null;
        foreach (var range in request.Ranges)
        {
            var query = range with { Limit = PageRows, FirstKey = Later(range.FirstKey, firstKey), After = last };
            if (query.FirstKey is not null && query.LastKey is not null && Key(query.LastKey) < Key(query.FirstKey)) continue;
            await foreach (var page in exchange.ReadAsync(query, cancellationToken))
            {
                foreach (var gap in page.Gaps) await SendAsync(SiteVoice.ToBytes(new { gap = new { gap.From, gap.To, gap.Messages, gap.Cause, gap.Detail } }), 0, cancellationToken);
                foreach (var row in page.Rows)
                {
                    if (batch.Add(row)) await SendAsync(batch.Take(), batch.Taken, cancellationToken);
                }
                if (page.Rows.Count > 0) last = page.Rows[^1].Key;
            }
        }
        if (batch.Count > 0) await SendAsync(batch.Take(), batch.Taken, cancellationToken);
    }

    private async Task SendAsync(byte[] rows, int messages, CancellationToken cancellationToken)
    {
        await budget.TakeAsync(rows.Length, cancellationToken);
        await listeners.WaitAsync(cancellationToken);
        await tools.Voice.SendAsync(MessageTopic + request.Id, rows, cancellationToken);
        status = status with { Messages = status.Messages + messages };
        await TellNowAndThenAsync(cancellationToken);
    }

    private async Task StageAsync(IReadOnlyList<MessageQuery> ranges, CancellationToken cancellationToken)
    {
        if (ranges.Count == 0) return;
        if (request.Files == SearchFiles.Cut)
        {
            var rows = 0L;
            foreach (var range in ranges) rows += await exchange.CountAsync(range, cancellationToken);
            if (rows == 0) return;
            await StageAsync($"{job.Exchange}_{request.Id}.parquet", exchange.ExportAsync(ranges, encrypted: true, cancellationToken), cancellationToken);
            return;
        }
        List<HistoryFile> files = [];
        foreach (var range in ranges) files.AddRange((await exchange.ListFilesAsync(range)).Where(file => !files.Contains(file)));
        foreach (var file in files) await StageAsync(file.Name, exchange.ReadFileAsync(file.Name, cancellationToken), cancellationToken);
    }

    private async Task StageAsync(string name, IAsyncEnumerable<byte[]> pieces, CancellationToken cancellationToken)
    {
        var number = (job.Files.Count + 1).ToString(CultureInfo.InvariantCulture);
        var reserved = 0L;
        try
        {
            var file = await StagedFile.WriteAsync(job.Folder, number, name, pieces, Reserve, cancellationToken);
            job.Add(file);
            status = status with { FileBytesTotal = status.FileBytesTotal + file.Bytes };
        }
        catch
        {
            tools.Release(reserved);
            throw;
        }

        void Reserve(long bytes)
        {
            if (!tools.Reserve(bytes))
                throw new IOException($"The files of all searches together may take {tools.Options.StageBytes:N0} bytes (Weir:Transfers:StageBytes). Ask for a shorter range, or wait until others are sent.");
            reserved += bytes;
        }
    }

    private async Task SendAsync(IFileSender sender, StagedFile file, long from, CancellationToken cancellationToken)
    {
        await sender.BeginAsync(file, job.Exchange, cancellationToken);
        await foreach (var (offset, segment) in file.SegmentsAsync(from, request.Segment ?? tools.Options.SegmentBytes, cancellationToken))
        {
            await budget.TakeAsync(segment.Length, cancellationToken);
            await listeners.WaitAsync(cancellationToken);
            await sender.SegmentAsync(file, offset, segment, cancellationToken);
            status = status with { FileBytes = status.FileBytes + segment.Length };
            await TellNowAndThenAsync(cancellationToken);
        }
        await sender.FinishAsync(file, cancellationToken);
        status = status with { Files = status.Files + 1 };
    }

    private async Task TellNowAndThenAsync(CancellationToken cancellationToken)
    {
        if (tools.Time.GetElapsedTime(told) >= TellEvery) await TellAsync(cancellationToken);
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        told = tools.Time.GetTimestamp();
        if (!job.IsFrozen) tools.Record.Note(status);
        await tools.Voice.SayAsync(ResultTopic + request.Id, status, cancellationToken);
    }

    private void End(SearchState state, string? error) => status = status with { State = state, Error = error, Ended = tools.Time.GetUtcNow() };

    // The part of ranges that files answer for: all that lies below the ring's oldest key.
    private static IReadOnlyList<MessageQuery> Below(IReadOnlyList<MessageQuery> ranges, string? ring)
    {
        if (!MessageKey.TryParse(ring, out var oldest)) return ranges;
        var last = new MessageKey(oldest.TimestampMicros, oldest.Sequence - 1).ToString();
        return
        [
            .. ranges.Where(range => (Key(range.FirstKey) ?? new MessageKey(range.From, 0)) < oldest)
                .Select(range => range with { LastKey = range.LastKey is { } own && Key(own) < oldest ? own : last }),
        ];
    }

    private static string? Later(string? one, string? other) => one is null ? other : other is null || Key(one) > Key(other) ? one : other;

    private static MessageKey? Key(string? text) => MessageKey.TryParse(text, out var key) ? key : null;
}

/// <summary>Rows on their way into one message: a JSON object a line.</summary>
internal sealed class RowBatch(int most, int mostBytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> lines = new();

    public int Count { get; private set; }

    /// <summary>How many rows were in what was taken last.</summary>
    public int Taken { get; private set; }

    /// <returns>Whether the message is full.</returns>
    public bool Add(MessageRow row)
    {
        if (Count > 0) lines.Write("\n"u8);
        var text = Text(row.Payload);
        lines.Write(SiteVoice.ToBytes(new
        {
            row.Key,
            Time = DateTimeOffset.UnixEpoch.AddTicks(row.Timestamp * TimeSpan.TicksPerMicrosecond),
            row.Topic,
            Payload = text,
            PayloadBase64 = text is null ? Convert.ToBase64String(row.Payload) : null,
            row.Qos,
            row.Retain,
        }));
        Count++;
        return Count == most || lines.WrittenCount >= mostBytes;
    }

    public byte[] Take()
    {
        var taken = lines.WrittenSpan.ToArray();
        lines.ResetWrittenCount();
        (Taken, Count) = (Count, 0);
        return taken;
    }

    private static string? Text(byte[] payload)
    {
        try
        {
            return StrictUtf8.GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
