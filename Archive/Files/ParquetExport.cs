using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Weir.Archive.Duck;
using Weir.Archive.Encryption;

namespace Weir.Archive;

/// <summary>A range in a file of its own.</summary>
/// <param name="Rows">How many messages it holds.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="First">The key of its first message; null where it holds none.</param>
/// <param name="Last">The key of its last message.</param>
/// <param name="Gaps">What is known to be missing from the range; it stands in the file's metadata, too.</param>
public sealed record ExportedFile(long Rows, long Bytes, MessageKey? First, MessageKey? Last, IReadOnlyList<MessageGap> Gaps);

/// <summary>A file of the archive, kept on disk while somebody needs it.</summary>
public sealed class HeldFile : IDisposable
{
    private readonly ArchiveEntry entry;
    private int released;

    internal HeldFile(ArchiveEntry entry) => this.entry = entry;

    /// <summary>Its name.</summary>
    public string Name => entry.File.Name;

    /// <summary>Where it is.</summary>
    public string Path => entry.Path;

    /// <summary>Its size.</summary>
    public long Bytes => entry.File.Bytes;

    /// <summary>How many messages it holds.</summary>
    public long Rows => entry.File.Rows;

    /// <summary>Lets it go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref released, 1) == 0) entry.Release();
    }
}

/// <summary>Writes a range of an exchange into one Parquet file, encrypted where the name of a key is given.</summary>
internal sealed class ParquetExport(
    DuckDatabase database, ExchangeQueries queries, SchemaBook schemas, ParquetOptions options, EncryptionKeys keys, string? encryptionKey)
{
    /// <summary>The key in the file's metadata under which gaps stand, as JSON.</summary>
    public const string GapsKey = "weir.gaps";

    private const int PageRows = 20_000;

    // What of an encrypted file is plain in memory at one time, before compression.
    private const long PartBytes = 32L << 20;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public async Task<ExportedFile> WriteAsync(IReadOnlyList<MessageQuery> ranges, string path, CancellationToken cancellationToken)
    {
        foreach (var range in ranges) range.Validate();
        // Gaps go before the rows, since they stand in the file's metadata: a count finds them without reading a message.
        List<MessageGap> missing = [];
        foreach (var range in ranges) missing.AddRange((await queries.CountAsync(range, cancellationToken)).Gaps.Where(gap => !missing.Contains(gap)));
        var pages = PagesAsync(ranges, cancellationToken);
        var typed = schemas.Current is { } schema ? new PayloadColumns(schema, collectsMisfits: false) : null;
        using var rows = new PageRows(pages, typed, cancellationToken);
        var gaps = JsonSerializer.Serialize(missing, Json);
        await Task.Run(
            () =>
            {
                File.Delete(path);
                if (encryptionKey is null) Write(rows, path, typed?.Schema, gaps, cancellationToken);
                else WriteEncrypted(rows, path, encryptionKey, typed?.Schema, gaps, cancellationToken);
            },
            cancellationToken);
        return new ExportedFile(rows.Count, new FileInfo(path).Length, rows.First, rows.Last, missing);
    }

    // In key order, each message once, also where ranges overlap.
    private async IAsyncEnumerable<MessagePage> PagesAsync(
        IReadOnlyList<MessageQuery> ranges, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MessageKey? last = null;
        foreach (var range in ranges.OrderBy(range => KeyWindow.Of(range).First))
        {
            var query = range with { Limit = PageRows, Backwards = false, After = last > range.After || range.After is null ? last : range.After };
            await foreach (var page in queries.PagesAsync(query, cancellationToken))
            {
                if (page.Messages.Count > 0) last = page.Messages[^1].Key;
                yield return page;
            }
        }
    }

    // Part by part, so that a long range is never in memory as a whole, and never on the disk in clear.
    private void WriteEncrypted(
        PageRows rows, string path, string keyName, ResolvedSchema? schema, string gaps, CancellationToken cancellationToken)
    {
        var key = keys.Find(keyName);
        using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
        using var encrypted = new EncryptedParquetWriter(target, keyName, key, identity: "");
        do
        {
            rows.BeginPart(options.RowGroupRows, PartBytes);
            using var plain = new MemoryFile();
            Write(rows, plain.Path, schema, gaps, cancellationToken);
            encrypted.Append(plain.Read());
        }
        while (!rows.IsAtEnd);
        encrypted.Finish();
    }

    private void Write(PageRows rows, string path, ResolvedSchema? schema, string gaps, CancellationToken cancellationToken)
    {
        using var offer = DuckRowFunction.Add(rows);
        using var connection = database.Connect();
        using var copy = DuckStatement.Prepare(connection, ParquetWriter.Copy(offer.Sql, path, options, schema, gaps));
        using var result = copy.Execute("write", path, cancellationToken);
    }
}

/// <summary>
/// The messages of pages as rows. A task of its own reads ahead by one page; DuckDB's thread waits for it, as it would
/// for a disk.
/// </summary>
internal sealed class PageRows : IDuckRowSource, IDisposable
{
    private readonly BlockingCollection<MessagePage> ahead = new(boundedCapacity: 1);
    private readonly CancellationTokenSource stopping;
    private readonly PayloadColumns? typed;
    private readonly Task reading;
    private Exception? fault;
    private MessagePage? page;
    private int at;
    private long partRows = long.MaxValue;
    private long partBytes = long.MaxValue;

    public PageRows(IAsyncEnumerable<MessagePage> pages, PayloadColumns? typed, CancellationToken cancellationToken)
    {
        this.typed = typed;
        stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Columns = typed is null ? ArchiveColumns.All : [.. ArchiveColumns.All, .. typed.Definitions];
        reading = Task.Run(() => ReadAsync(pages, stopping.Token), CancellationToken.None);
    }

    public IReadOnlyList<DuckColumnDefinition> Columns { get; }

    public long Count { get; private set; }

    public MessageKey? First { get; private set; }

    public MessageKey? Last { get; private set; }

    /// <summary>Whether all rows have been given.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Has the rows end, as if there were no more, after about so many or so many bytes; the next part begins behind them.</summary>
    public void BeginPart(long mostRows, long mostBytes) => (partRows, partBytes) = (mostRows, mostBytes);

    public int Fill(DuckRows rows)
    {
        typed?.Begin(rows, ArchiveColumns.Typed);
        var row = 0;
        while (row < DuckRows.Capacity && row < partRows && partBytes > 0)
        {
            if (NextMessage() is not { } message)
            {
                IsAtEnd = true;
                break;
            }
            partBytes -= message.Topic.Length + message.Payload.Length + message.Properties.Length;
            Set(rows, row++, message);
        }
        partRows -= row;
        Count += row;
        return row;
    }

    public void Dispose()
    {
        stopping.Cancel();
        // It ends by itself, now that it is cancelled; what it holds goes with it.
        reading.ContinueWith(
            _ =>
            {
                ahead.Dispose();
                stopping.Dispose();
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private ArchivedMessage? NextMessage()
    {
        while (page is null || at == page.Messages.Count)
        {
            at = 0;
            if (!ahead.TryTake(out page, Timeout.Infinite, stopping.Token))
                return fault is null ? null : throw new IOException(fault.Message, fault);
        }
        return page.Messages[at++];
    }

    private void Set(DuckRows rows, int row, ArchivedMessage message)
    {
        First ??= message.Key;
        Last = message.Key;
        var topic = Encoding.UTF8.GetBytes(message.Topic);
        rows.Column(ArchiveColumns.Timestamp).Set(row, message.Key.TimestampMicros);
        rows.Column(ArchiveColumns.Sequence).Set(row, message.Key.Sequence);
        rows.Column(ArchiveColumns.Topic).Set(row, topic);
        if (typed?.Fill(row, topic, message.Payload.Span) == false) rows.Column(ArchiveColumns.Payload).SetNull(row);
        else rows.Column(ArchiveColumns.Payload).Set(row, message.Payload.Span);
        rows.Column(ArchiveColumns.Qos).Set(row, (short)message.Qos);
        rows.Column(ArchiveColumns.Retain).Set(row, message.Retain);
        if (message.ReceivedMicros == message.Key.TimestampMicros) rows.Column(ArchiveColumns.Received).SetNull(row);
        else rows.Column(ArchiveColumns.Received).Set(row, message.ReceivedMicros);
        if (message.Properties.IsEmpty) rows.Column(ArchiveColumns.Properties).SetNull(row);
        else rows.Column(ArchiveColumns.Properties).Set(row, message.Properties.Span);
    }

    private async Task ReadAsync(IAsyncEnumerable<MessagePage> pages, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var next in pages.WithCancellation(cancellationToken)) ahead.Add(next, cancellationToken);
        }
        catch (Exception error)
        {
            fault = error;
        }
        finally
        {
            ahead.CompleteAdding();
        }
    }
}
