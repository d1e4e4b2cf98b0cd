namespace Weir.Pravega;

/// <summary>
/// Writes a stream of one segment as bytes, with no events in it. Each call's bytes up to 1 MiB are stored together. For one
/// caller at a time.
/// </summary>
public sealed class ByteStreamWriter : IAsyncDisposable
{
    private const int Piece = 1 << 20;

    private readonly EventWriter writer;

    internal ByteStreamWriter(EventWriter writer) => this.writer = writer;

    /// <summary>Takes bytes on; ends when there is room for more.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (bytes.Length > 0)
        {
            var piece = bytes[..Math.Min(Piece, bytes.Length)];
            await writer.EnqueueBytesAsync(piece.Span, cancellationToken).ConfigureAwait(false);
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Ends when all that was written is stored.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
