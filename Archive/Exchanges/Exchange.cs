using System.Security.Cryptography;
using System.Text;
using Weir.Archive.Duck;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>
/// A topic filter that is kept: its messages go to a stream, a ring and an archive of Parquet files, and queries see
/// all three as one. All members may be called from any thread.
/// </summary>
public sealed class Exchange : IAsyncDisposable
{
    private readonly FileStream folderLock;
    private readonly IStreamWriter writer;
    private readonly ExchangeServices services;
    private readonly StreamName stream;
    private readonly MessageRing ring;
    private readonly ArchiveCatalog catalog;
    private readonly GapList gaps;
    private readonly ExchangeBacklog backlog;
    private readonly FileFolders folders;
    private readonly SchemaBook schemas;
    private readonly Archiver archiver;
    private readonly ExchangeFeeder feeder;
    private readonly ExchangeIntake intake;
    private readonly ExchangeQueries queries;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task feeding;
    private readonly Task archiving;
    private volatile bool disposed;

    private Exchange(
        ExchangeOptions options, ExchangeServices services, FileStream folderLock, IStreamWriter writer, MessageRing ring,
        ArchiveCatalog catalog, GapList gaps, FileFolders folders, KeyMark mark, SchemaBook schemas, MessageKey archivedTo,
        RecoveredExchange found)
    {
        Options = options;
        (this.services, this.folderLock, this.writer, this.ring, this.catalog, this.gaps, this.folders, this.schemas) =
            (services, folderLock, writer, ring, catalog, gaps, folders, schemas);
        stream = writer.Stream;
        var (time, logger) = (services.Time, services.Logger);
        var recorder = new GapRecorder(gaps, options.Name, time, logger);
        var keys = new MessageKeySource(time, found.Last > gaps.Last ? found.Last : gaps.Last);
        CloseOpenLoss(found, keys, recorder);

        backlog = new ExchangeBacklog(options);
        backlog.Add(found.WaitingMessages, found.WaitingBytes);
        archiver = new Archiver(
            services.Store, stream, ring, catalog, new ParquetWriter(services.Duck, services.Keys, schemas, options.Name), folders, mark,
            gaps, backlog, options, archivedTo, ring.DoneTo ?? found.Tail, time, logger, services.StepReached);
        feeder = new ExchangeFeeder(services.Store, stream, found.Feed, ring, archiver, backlog, recorder, options, time, logger);
        intake = new ExchangeIntake(writer, keys, backlog, recorder, archiver, options, time, found.Tail);
        queries = new ExchangeQueries(
            intake, feeder, ring, catalog, gaps, new ArchiveReader(services.Duck, services.Keys),
            new StreamTail(services.Store, stream), schemas);
        feeding = Task.Run(() => feeder.RunAsync(stopping.Token));
        archiving = Task.Run(() => archiver.RunAsync(stopping.Token));
    }

    /// <summary>The options in force.</summary>
    public ExchangeOptions Options { get; private set; }

    /// <summary>What it is just now.</summary>
    public ExchangeStatistics Statistics
    {
        get
        {
            var (contents, ringOldest, ringNewest) = ring.Contents();
            var files = catalog.Totals;
            var newest = ringNewest ?? files.Last;
            var lastMicros = Math.Max(intake.LastMessage, newest?.TimestampMicros ?? 0);
            var unarchived = ring.Unarchived().Oldest;
            return new ExchangeStatistics
            {
                Name = Options.Name,
                Accepted = intake.Accepted,
                Refused = intake.Refused,
                Dropped = feeder.Dropped,
                MessagesPerSecond = intake.MessagesPerSecond,
                RingMessages = contents.Messages,
                RingBytes = contents.Bytes,
                ArchivedMessages = files.Rows,
                ArchivedBytes = files.Bytes,
                Files = files.Files,
                Oldest = files.First < ringOldest ? files.First : ringOldest ?? files.First,
                Newest = newest,
                LastMessage = lastMicros == 0 ? null : DateTimeOffset.UnixEpoch.AddMicroseconds(lastMicros),
                WaitingBytes = backlog.Bytes,
                WaitingMessages = backlog.Messages,
                ArchiveLag = unarchived is { } block ? services.Time.GetElapsedTime(block.Arrived) : TimeSpan.Zero,
                IsHeldBack = !backlog.HasRoom,
                Schema = schemas.Statistics,
                ArchiveError = archiver.Error,
                Gaps = [.. gaps.All, .. catalog.Unreadable(default, new MessageKey(long.MaxValue, long.MaxValue))],
            };
        }
    }

    /// <summary>Opens an exchange, and makes it where there is none yet: afterwards it has all that it had before.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the message says all that is.</exception>
    /// <exception cref="IOException">The folder is in use by another process, or the store or the disk failed.</exception>
    public static async Task<Exchange> OpenAsync(
        ExchangeOptions options, ExchangeServices services, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        options.Validate();
        var folder = FolderOf(services, options);
        Directory.CreateDirectory(folder);
        var folderLock = Lock(folder);
        IStreamWriter? writer = null;
        try
        {
            var gaps = GapList.Open(Path.Combine(folder, "gaps.json"));
            var folders = FileFolders.Open(folder, options.Name);
            folders.Use(options.Folder);
            var mark = new KeyMark(folder);
            var catalog = ArchiveCatalog.Open(folders.All, options.Name, gaps, services.Time, services.Logger);
            new UnfinishedFiles(services.Duck, services.Keys, gaps, options.Name, services.Logger).Finish(folders.All, catalog);
            var schemas = SchemaBook.Open(folder, options.Schema);
            var stream = new StreamName(services.Scope, options.Name);
            await services.Store.CreateAsync(stream, options.Stream, cancellationToken);
            writer = await services.Store.OpenWriterAsync(stream, WriterId(stream), cancellationToken);

            var ring = new MessageRing(options.Ring);
            var archivedTo = catalog.Totals.Last ?? default;
            var marked = mark.Read();
            if (marked > archivedTo)
            {
                // Files went while nobody looked, the newest too.
                catalog.ReportMissing(archivedTo, new MessageKey(marked.TimestampMicros, marked.Sequence + 1));
                archivedTo = marked;
            }
            var recorder = new GapRecorder(gaps, options.Name, services.Time, services.Logger);
            var found = await new ExchangeRecovery(services.Store, stream, ring, catalog, gaps, recorder, knowsFiles: marked != default, services.Time)
                .RunAsync(archivedTo, cancellationToken);
            ArchiveLog.Opened(services.Logger, options.Name, catalog.Totals.Files, catalog.Totals.Rows, found.WaitingMessages);
            return new Exchange(options, services, folderLock, writer, ring, catalog, gaps, folders, mark, schemas, archivedTo, found);
        }
        catch
        {
            if (writer is not null) await writer.DisposeAsync();
            await folderLock.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Takes messages in, gives them keys in order, and ends when the stream has them with its durability. Calls from
    /// many connections share writes. The messages' memory may be used again as soon as the call has returned, before
    /// the task has ended.
    /// </summary>
    /// <param name="messages">At least one; at most 32 MiB of them.</param>
    /// <param name="cancellationToken">Ends the waiting for room; what the stream is already writing is not called back.</param>
    /// <returns>The keys that the messages got; none where all of them were kept before (<see cref="InboundMessage.MayBeKept"/>).</returns>
    /// <exception cref="ArgumentException">A message is not fit to be kept (topic, quality of service, size); none is kept.</exception>
    /// <exception cref="ExchangeFullException">There is no room for them, as <see cref="RingOptions.WhenFull"/> says; a gap says so.</exception>
    /// <exception cref="StreamStoreException">The stream could not keep them; a gap says so.</exception>
    public ValueTask<KeyRange> AcceptAsync(ReadOnlySpan<InboundMessage> messages, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return KeptBefore.Any(messages) ? AcceptNewAsync(KeptBefore.Copy(messages), cancellationToken) : intake.AcceptAsync(messages, cancellationToken);
    }

    private async ValueTask<KeyRange> AcceptNewAsync(InboundMessage[] messages, CancellationToken cancellationToken)
    {
        var rest = await KeptBefore.WithoutAsync(messages, queries, services.Time.GetUtcNow(), cancellationToken);
        return rest.Length == 0 ? default : await intake.AcceptAsync(rest, cancellationToken);
    }

    /// <summary>A page of messages in key order. It has everything that was accepted before the call.</summary>
    /// <exception cref="ArgumentException">The query is wrong; the message says what is.</exception>
    /// <exception cref="IOException">A file that is sound could not be read, or the stream could not.</exception>
    public Task<MessagePage> QueryAsync(MessageQuery query, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return queries.PageAsync(query, cancellationToken);
    }

    /// <summary>All of a range, a page at a time: <see cref="MessageQuery.Limit"/> is the most of a page. No more than a page is in memory.</summary>
    /// <exception cref="ArgumentException">The query is wrong; the message says what is.</exception>
    /// <exception cref="IOException">A file that is sound could not be read, or the stream could not.</exception>
    public IAsyncEnumerable<MessagePage> ReadAsync(MessageQuery query, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return queries.PagesAsync(query, cancellationToken);
    }

    /// <summary>The oldest key that is in memory: below it, files answer. Null where memory is empty.</summary>
    public Task<MessageKey?> RingFromAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return queries.RingFromAsync(cancellationToken);
    }

    /// <summary>
    /// Writes ranges into one Parquet file of the same columns as the archive's own, made where it is missing, else
    /// overwritten; in key order, each message once though ranges overlap. No more than a few pages are in memory.
    /// </summary>
    /// <param name="ranges">The ranges.</param>
    /// <param name="path">The file.</param>
    /// <param name="encrypted">Whether to encrypt it with the exchange's key, where the exchange has one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The query is wrong; the message says what is.</exception>
    /// <exception cref="IOException">A file could not be read or written, or the stream could not be read.</exception>
    public Task<ExportedFile> ExportAsync(
        IReadOnlyList<MessageQuery> ranges, string path, bool encrypted = false, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var options = Options.Parquet;
        return new ParquetExport(services.Duck, queries, schemas, options, services.Keys, encrypted ? options.EncryptionKey : null).WriteAsync(ranges, path, cancellationToken);
    }

    /// <summary>The files with messages of a range, oldest first; each stays on disk until it is disposed.</summary>
    /// <exception cref="ArgumentException">The query is wrong; the message says what is.</exception>
    public IReadOnlyList<HeldFile> HoldFiles(MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ObjectDisposedException.ThrowIf(disposed, this);
        query.Validate();
        var window = KeyWindow.Of(query);
        return window.IsEmpty ? [] : [.. catalog.Hold(window.First, window.Last).Select(entry => new HeldFile(entry))];
    }

    /// <summary>What a schema would make of the newest messages; nothing is changed.</summary>
    /// <param name="schema">The schema; null to find one out.</param>
    /// <param name="messages">How many messages to try it on, 1 to 10,000.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The schema is wrong; the message says what is.</exception>
    public async Task<SchemaProposal> TrySchemaAsync(PayloadSchema? schema = null, int messages = 1_000, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (messages is < 1 or > 10_000) throw new ArgumentException($"messages must be between 1 and 10,000, but is {messages:N0}.");
        var newest = await queries.PageAsync(new MessageQuery(0, long.MaxValue) { Backwards = true, Limit = messages }, cancellationToken);
        return SchemaTrial.Run(
            schema ?? new PayloadSchema(),
            [.. newest.Messages.Reverse().Select(message => new PayloadSample(Encoding.UTF8.GetBytes(message.Topic), message.Payload))]);
    }

    /// <summary>Answers one SELECT over the table <c>messages</c> of all that is kept: see <see cref="HistorySql"/>.</summary>
    /// <exception cref="ArgumentException">The statement is none that may be run, or cannot be; the message says why.</exception>
    /// <exception cref="TimeoutException">It took longer than it may.</exception>
    public Task<SqlAnswer> SqlAsync(string sql, SqlLimits? limits = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return new HistorySql(queries, catalog, schemas, services.Keys, services.Duck).AskAsync(sql, limits ?? new SqlLimits(), cancellationToken);
    }

    /// <summary>Counts messages; limits of the query do not matter.</summary>
    /// <exception cref="ArgumentException">The query is wrong; the message says what is.</exception>
    /// <exception cref="IOException">A file that is sound could not be read, or the stream could not.</exception>
    public Task<MessageCount> CountAsync(MessageQuery query, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return queries.CountAsync(query, cancellationToken);
    }

    /// <summary>Archives everything that was accepted before the call, without waiting for the limits of a file.</summary>
    /// <exception cref="IOException">A file could not be written.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var accepted = intake.AcceptedTo;
        bool isAllInRing;
        do
        {
            await feeder.WaitAsync(accepted, cancellationToken);
            isAllInRing = feeder.FedTo >= accepted;
            await archiver.FlushAsync(cancellationToken);
        }
        while (!isAllInRing);
    }

    /// <summary>Takes over new options while running; only the name must stay.</summary>
    /// <exception cref="ArgumentException">The options are wrong; nothing changes then.</exception>
    public async Task ApplyAsync(ExchangeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ObjectDisposedException.ThrowIf(disposed, this);
        options.Validate();
        if (options.Name != Options.Name)
            throw new ArgumentException($"exchange '{Options.Name}': name must stay what it is, but is '{options.Name}'.");
        if (options.Parquet.EncryptionKey is { } key && !services.Keys.TryFind(key, out _, out var problem)) throw new ArgumentException(problem);
        folders.Use(options.Folder);
        await services.Store.CreateAsync(stream, options.Stream, cancellationToken);
        schemas.Apply(options.Schema);
        Options = options;
        ring.Apply(options.Ring);
        feeder.Apply(options);
        intake.Apply(options);
        catalog.LookAgain();
        archiver.Apply(options);
    }

    /// <summary>What retention would let go of just now; nothing goes.</summary>
    /// <param name="retention">What is asked about; null asks about the options in force.</param>
    public RetentionPreview PreviewRetention(RetentionOptions? retention = null)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return catalog.Preview(retention ?? Options.Retention);
    }

    /// <summary>Ends; what has no file yet stays in the stream until the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        disposed = true;
        await stopping.CancelAsync();
        await feeding;
        await archiving;
        await archiver.EndAsync();
        await writer.DisposeAsync();
        archiver.Dispose();
        stopping.Dispose();
        await folderLock.DisposeAsync();
    }

    private static string FolderOf(ExchangeServices services, ExchangeOptions options) => Path.Combine(services.Folder, options.Name);

    private static FileStream Lock(string folder)
    {
        var path = Path.Combine(folder, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException($"The exchange folder '{folder}' is in use: '{path}' is locked. An exchange can be open once only.", error);
        }
    }

    // The same at each start, so that the store knows the writer again.
    private static Guid WriterId(StreamName stream) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"archive {stream}")).AsSpan(0, 16));

    // A loss at the very end of the stream: nobody knows its last key, so one is given up that lies beyond it.
    private static void CloseOpenLoss(RecoveredExchange found, MessageKeySource keys, GapRecorder recorder)
    {
        if (found.Feed.Loss is not { } loss) return;
        var first = new MessageKey(found.Last.TimestampMicros, found.Last.Sequence + 1);
        recorder.Record(first, keys.Skip(), messages: null, MessageGapCause.Stream, loss);
    }
}
