using Weir.Archive;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Streams;
using ArchivePage = Weir.Archive.MessagePage;
using ArchiveQuery = Weir.Archive.MessageQuery;
using MessageGap = Weir.Grains.Interfaces.Exchanges.MessageGap;
using MessagePage = Weir.Grains.Interfaces.Exchanges.MessagePage;
using RetentionPreview = Weir.Grains.Interfaces.Exchanges.RetentionPreview;
using MessageQuery = Weir.Grains.Interfaces.Exchanges.MessageQuery;

namespace Weir.Grains.Exchanges;

/// <summary>Says in the words of the grain API what the archive says in its own, and the other way round.</summary>
internal static class ExchangeMapping
{
    private const long LeastSegmentBytes = 64L << 10;

    public static ExchangeOptions ToOptions(string name, ExchangeSettings settings) => new()
    {
        Name = name,
        TopicFilters = settings.Filters,
        Ring = new RingOptions
        {
            Capacity = settings.RingMessages, MaxBytes = settings.RingBytes, MaxAge = settings.MemoryAge,
            WhenFull = (Archive.FullOperation)settings.WhenFull, DropCount = settings.DropCount, BlockDeadline = settings.BlockDeadline,
        },
        Roll = new RollOptions { MaxRows = settings.FileRows, MaxBytes = settings.FileBytes, MaxAge = settings.RingAge },
        Parquet = new ParquetOptions
        {
            Compression = ToCompression(settings.Compression), RowGroupRows = settings.RowGroupRows,
            EncryptionKey = string.IsNullOrWhiteSpace(settings.EncryptionKey) ? null : settings.EncryptionKey,
        },
        Retention = new RetentionOptions { MaxBytes = settings.ArchiveBytes, MaxAge = settings.ArchiveAge, MaxFiles = settings.ArchiveFiles },
        Folder = string.IsNullOrWhiteSpace(settings.Folder) ? null : settings.Folder,
        Stream = new StreamOptions
        {
            Durability = settings.Durability switch
            {
                MessageDurability.Memory => StreamDurability.Memory,
                MessageDurability.Written => StreamDurability.Written,
                MessageDurability.Synced => StreamDurability.Synced,
                _ => throw new ArgumentException($"exchange '{name}': durability must be Memory, Written or Synced, but is {(int)settings.Durability}."),
            },
            SegmentBytes = Math.Min(new StreamOptions().SegmentBytes, Math.Max(settings.StreamBytes / 4, LeastSegmentBytes)),
            MaxBytes = settings.StreamBytes,
        },
        Schema = SchemaMapping.ToSchema(settings.Schema),
    };

    public static RetentionPreview ToPreview(Archive.RetentionPreview preview) => new(
        [.. preview.Files.Select(file => new Interfaces.Exchanges.RetiringFile(
            file.Name, file.First.TimestampMicros, file.Last.TimestampMicros + 1, file.Messages, file.Bytes, file.Why))],
        preview.KeptFiles, preview.KeptMessages, preview.KeptBytes);

    public static MessageGap ToGap(Archive.MessageGap gap) => new(
        gap.First.TimestampMicros, gap.Last.TimestampMicros + 1, gap.Messages, gap.Cause.ToString(), gap.Detail);

    public static ExchangeStatus ToStatus(ExchangeSettings settings, ExchangeStatistics statistics) => new()
    {
        Name = statistics.Name,
        Filters = settings.Filters,
        Accepted = statistics.Accepted,
        MessagesPerSecond = statistics.MessagesPerSecond,
        RingMessages = statistics.RingMessages,
        RingBytes = statistics.RingBytes,
        ArchivedMessages = statistics.ArchivedMessages,
        ArchivedBytes = statistics.ArchivedBytes,
        Files = statistics.Files,
        Oldest = statistics.Oldest is { } oldest ? ToTime(oldest.TimestampMicros) : null,
        Newest = statistics.LastMessage,
        Gaps = statistics.Gaps.Count,
        Fault = statistics.ArchiveError,
        Refused = statistics.Refused,
        Dropped = statistics.Dropped,
        WaitingMessages = statistics.WaitingMessages,
        Schema = SchemaMapping.Of(statistics.Schema),
    };

    /// <exception cref="ArgumentException">The place to go on from is none.</exception>
    public static ArchiveQuery ToQuery(MessageQuery query)
    {
        return new ArchiveQuery(query.From, query.To)
        {
            TopicFilter = query.Topic,
            Limit = query.Limit,
            Backwards = query.Backwards,
            After = ToKey(query.After, "after must be the 'next' of the page before"),
            FirstKey = ToKey(query.FirstKey, "firstKey must be a message's key"),
            LastKey = ToKey(query.LastKey, "lastKey must be a message's key"),
        };
    }

    private static MessageKey? ToKey(string? text, string what) =>
        text is null ? null
        : MessageKey.TryParse(text, out var key) ? key
        : throw new ArgumentException($"{what}, such as 1732310000000000-17, but is '{text}'.");

    public static MessagePage ToPage(ArchivePage page) => new(
        [.. page.Messages.Select(message => new MessageRow(
            message.Key.ToString(), message.Key.TimestampMicros, message.Topic, message.Payload.ToArray(), message.Qos, message.Retain)
        {
            Values = message.Values,
        })],
        page.Next?.ToString(),
        [.. page.Gaps.Select(ToGap)])
    {
        Columns = [.. page.Columns.Select(column => new Interfaces.Exchanges.MessageColumn(column.Name, (SchemaType)column.Type))],
    };

    public static SqlLimits ToLimits(SqlQuestion question) => new()
    {
        Rows = question.Rows, Time = question.Time, FromMicros = question.From, ToMicros = question.To,
    };

    public static SqlResult ToResult(SqlAnswer answer) => new(
        [.. answer.Columns.Select(column => new SqlColumnInfo(column.Name, (SqlColumnKind)column.Kind))], answer.Rows, answer.IsCut, answer.Elapsed);

    // An unknown number stays unknown, so that the options' own check says what is wrong with it.
    private static ParquetCompression ToCompression(FileCompression compression) => compression switch
    {
        FileCompression.Zstd => ParquetCompression.Zstd,
        FileCompression.Snappy => ParquetCompression.Snappy,
        FileCompression.Gzip => ParquetCompression.Gzip,
        FileCompression.Lz4 => ParquetCompression.Lz4,
        FileCompression.Brotli => ParquetCompression.Brotli,
        FileCompression.None => ParquetCompression.None,
        _ => (ParquetCompression)compression,
    };

    private static DateTimeOffset ToTime(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
}
