using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Pravega.Connections;
using Weir.Pravega.Controller;
using Weir.Pravega.Security;

namespace Weir.Pravega;

/// <summary>
/// The way to a Pravega cluster: its controller, and what opens writers, readers and tables. One is enough for a process;
/// safe for many callers at once.
/// </summary>
public sealed class PravegaClient : IAsyncDisposable
{
    private readonly SegmentServices services;
    private readonly ControllerCalls calls;

    /// <summary>A client. It connects when it is used first.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message says which.</exception>
    public PravegaClient(PravegaClientOptions options, ILogger<PravegaClient>? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ILogger log = logger ?? NullLogger<PravegaClient>.Instance;
        time ??= TimeProvider.System;
        calls = new ControllerCalls(options, time, log);
        Controller = new PravegaController(calls, time);
        services = new SegmentServices(
            options, Controller, new ConnectionPool(options, time, log), new SegmentHosts(Controller, time),
            new DelegationTokens(Controller.GetTokenAsync, time), time, log);
    }

    /// <summary>A client of the controllers at an address, with all else as it is by default.</summary>
    public PravegaClient(string controller) : this(new PravegaClientOptions { Controller = controller }) { }

    /// <summary>The controller: scopes, streams, segments.</summary>
    public PravegaController Controller { get; }

    /// <summary>What opened things work with.</summary>
    internal SegmentServices Services => services;

    /// <summary>Opens a writer of events.</summary>
    /// <exception cref="PravegaNotFoundException">There is no such stream.</exception>
    /// <exception cref="PravegaStreamSealedException">The stream takes no more events.</exception>
    public Task<EventWriter> OpenWriterAsync(ScopedStream stream, EventWriterOptions? options = null, CancellationToken cancellationToken = default) =>
        EventWriter.OpenAsync(services, stream, options ?? new(), keepsNumbers: false, cancellationToken);

    /// <summary>Opens a writer whose event numbers are the caller's own, so that it finds after a restart what it has written.</summary>
    /// <exception cref="PravegaNotFoundException">There is no such stream.</exception>
    /// <exception cref="PravegaStreamSealedException">The stream takes no more events.</exception>
    public Task<NumberedWriter> OpenNumberedWriterAsync(
        ScopedStream stream, EventWriterOptions options, CancellationToken cancellationToken = default) =>
        NumberedWriter.OpenAsync(services, stream, options, cancellationToken);

    /// <summary>Opens a reader of a stream, or of a range of its keys.</summary>
    /// <exception cref="PravegaNotFoundException">There is no such stream.</exception>
    public Task<EventReader> OpenReaderAsync(ScopedStream stream, EventReaderOptions? options = null, CancellationToken cancellationToken = default) =>
        EventReader.OpenAsync(services, stream, options ?? new(), cancellationToken);

    /// <summary>A reader of one segment, from an offset between two events.</summary>
    public SegmentReader OpenSegmentReader(StreamSegment segment, long offset = 0) => new(services, segment, offset);

    /// <summary>What a segment is just now; null where there is none.</summary>
    public Task<SegmentInfo?> GetSegmentInfoAsync(StreamSegment segment, CancellationToken cancellationToken = default) =>
        new SegmentCalls(services).GetInfoAsync(segment, cancellationToken);

    /// <summary>Begins a transaction.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="lease">How long it stays open when this process goes; the server allows 10 s to 10 min by default. Half a minute by default.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<Transaction> BeginTransactionAsync(
        ScopedStream stream, TimeSpan? lease = null, EventWriterOptions? options = null, CancellationToken cancellationToken = default) =>
        Transaction.BeginAsync(services, stream, options ?? new(), lease ?? TimeSpan.FromSeconds(30), cancellationToken);

    /// <summary>Opens a writer of bytes on a stream of one segment.</summary>
    /// <exception cref="PravegaException">The stream has more than one.</exception>
    public async Task<ByteStreamWriter> OpenByteWriterAsync(ScopedStream stream, CancellationToken cancellationToken = default)
    {
        await OnlySegmentAsync(stream, cancellationToken).ConfigureAwait(false);
        return new ByteStreamWriter(await OpenWriterAsync(stream, null, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Opens a reader of bytes on a stream of one segment, from an offset; null begins at its head.</summary>
    public async Task<ByteStreamReader> OpenByteReaderAsync(ScopedStream stream, long? offset = null, CancellationToken cancellationToken = default)
    {
        var head = await Controller.GetHeadAsync(stream, cancellationToken).ConfigureAwait(false);
        if (head.Offsets.Count != 1) throw NotOne(stream, head.Offsets.Count);
        var (id, start) = head.Offsets.First();
        return new ByteStreamReader(services, new StreamSegment(stream, id), offset ?? start);
    }

    /// <summary>Opens a key-value table of the controller.</summary>
    /// <exception cref="PravegaNotFoundException">There is none of that name.</exception>
    public Task<KeyValueTable> OpenKeyValueTableAsync(string scope, string table, CancellationToken cancellationToken = default) =>
        KeyValueTable.OpenAsync(services, scope, table, cancellationToken);

    /// <summary>The watermarks of a stream, from the oldest on; waits for the next.</summary>
    public IAsyncEnumerable<Watermark> ReadWatermarksAsync(ScopedStream stream, CancellationToken cancellationToken = default) =>
        Watermark.ReadAsync(services, stream, cancellationToken);

    /// <summary>A table segment, which may have to be made yet.</summary>
    /// <param name="scope">A scope.</param>
    /// <param name="name">The table's name; not that of a key-value table of the controller.</param>
    public TableSegment OpenTable(string scope, string name) =>
        new(services, StreamSegment.Of(new ScopedStream(scope, name + "_kvtable"), 0, 0));

    private async Task OnlySegmentAsync(ScopedStream stream, CancellationToken cancellationToken)
    {
        var segments = await Controller.GetCurrentSegmentsAsync(stream, cancellationToken).ConfigureAwait(false);
        if (segments.Count > 1) throw NotOne(stream, segments.Count);
    }

    private static PravegaException NotOne(ScopedStream stream, int count) =>
        new($"The stream '{stream}' has {count} segments; bytes have an order in a stream of one segment only.") { Scope = stream.Scope, Stream = stream.Stream };

    /// <summary>Closes the connections. Writers and readers are to be disposed first.</summary>
    public async ValueTask DisposeAsync()
    {
        await services.Pool.DisposeAsync().ConfigureAwait(false);
        calls.Dispose();
    }
}
