namespace Weir.Streams.SegmentLog;

internal sealed class SegmentLogWriter(StreamLog log, WriterState state) : IStreamWriter
{
    private bool isDisposed;

    public StreamName Stream => log.Name;

    public long LastEventNumber => state.Last;

    public ValueTask<StreamRange> AppendAsync(EventBatch batch, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return log.Appender.AppendAsync(state, batch, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        if (!isDisposed) log.Writers.Close(state);
        isDisposed = true;
        return ValueTask.CompletedTask;
    }
}
