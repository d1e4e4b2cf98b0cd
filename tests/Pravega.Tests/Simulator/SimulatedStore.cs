using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Tests.Simulator;

/// <summary>
/// A segment store over real sockets that does what the real one was seen to do, its quirks included: it does not leave
/// repeats out and does not acknowledge them, it closes the connection on a number that goes back, answers one SegmentIsSealed
/// for many appends, holds reads at the tail, and answers a read that is not allowed under the read's offset.
/// </summary>
internal sealed class SimulatedStore : IAsyncDisposable
{
    private const int MostRead = 2 << 20;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly SimulatedPravega pravega;
    private readonly int number;
    private readonly Task accepting;

    public SimulatedStore(SimulatedPravega pravega, int number)
    {
        this.pravega = pravega;
        this.number = number;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await listener.AcceptSocketAsync(stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using var connection = new Connection(stream, over.Token);
        var reader = PipeReader.Create(stream);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(over.Token);
                var buffer = read.Buffer;
                while (WireCodec.TryRead(ref buffer, out var command)) await TakeAsync(connection, command!);
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone, or is not wanted any more.
        }
        await over.CancelAsync();
        await Task.WhenAll(connection.Held);
    }

    private async Task TakeAsync(Connection connection, WireCommand command)
    {
        switch (command)
        {
            case Hello:
                await connection.SendAsync(new Hello(16, 5));
                break;
            case KeepAlive:
                await connection.SendAsync(command);
                break;
            case SetupAppend setup:
                await SetUpAsync(connection, setup);
                break;
            case AppendBlockEnd block:
                await AppendAsync(connection, block);
                break;
            case ReadSegment read:
                if (!pravega.IsTokenGood(read.Token)) await connection.SendAsync(new AuthTokenCheckFailed(read.Offset, "", 1));
                else connection.Held.Add(ReadAsync(connection, read));
                break;
            case GetStreamSegmentInfo info:
                var found = pravega.Find(info.Segment);
                WireCommand answer = found is null ? new NoSuchSegment(info.RequestId, info.Segment, "", -1)
                    : found.Store != number ? new WrongHost(info.RequestId, info.Segment, "", "")
                    : new StreamSegmentInfo(info.RequestId, info.Segment, true, found.IsSealed, false, 0, found.Bytes.Count, 0);
                await connection.SendAsync(answer);
                break;
            default:
                throw new IOException($"The simulated store does not know {command.Type}.");
        }
    }

    private async Task SetUpAsync(Connection connection, SetupAppend setup)
    {
        WireCommand reply;
        lock (pravega.Gate)
        {
            var segment = pravega.Find(setup.Segment);
            if (!pravega.IsTokenGood(setup.Token)) reply = new AuthTokenCheckFailed(setup.RequestId, "a trace of the stack", 1);
            else if (segment is null) reply = new NoSuchSegment(setup.RequestId, setup.Segment, "", -1);
            else if (segment.Store != number) reply = new WrongHost(setup.RequestId, setup.Segment, "", "a trace of the stack");
            else
            {
                // The last set-up wins: blocks name the writer only.
                connection.Writers[setup.Writer] = setup.Segment;
                reply = new AppendSetup(setup.RequestId, setup.Segment, setup.Writer, segment.LastNumbers.GetValueOrDefault(setup.Writer, long.MinValue));
            }
        }
        await connection.SendAsync(reply);
    }

    private async Task AppendAsync(Connection connection, AppendBlockEnd block)
    {
        if (!connection.Writers.TryGetValue(block.Writer, out var name)) return;
        if (pravega.AppendDelay is { } delay) await Task.Delay(delay, stop.Token);
        WireCommand? reply;
        lock (pravega.Gate)
        {
            var segment = pravega.Find(name)!;
            var last = segment.LastNumbers.GetValueOrDefault(block.Writer, long.MinValue);
            if (segment.Store != number) reply = new WrongHost(block.RequestId, name, "", "");
            else if (segment.IsSealed)
            {
                connection.Writers.Remove(block.Writer);
                reply = new SegmentIsSealed(block.RequestId, name, "a trace of the stack", block.LastEventNumber);
            }
            else if (block.LastEventNumber < last) throw new IOException("A number has gone back.");
            else
            {
                segment.Append(block.Writer, block.Data, block.LastEventNumber);
                // A repeat of the last number is stored again, and never acknowledged.
                reply = block.LastEventNumber == last || pravega.KeepsAcknowledgementsBack
                    ? null
                    : new DataAppended(block.Writer, block.LastEventNumber, last, block.RequestId, segment.Bytes.Count);
            }
        }
        if (reply is not null) await connection.SendAsync(reply);
    }

    private async Task ReadAsync(Connection connection, ReadSegment read)
    {
        try
        {
            while (true)
            {
                WireCommand? reply = null;
                Task changed;
                lock (pravega.Gate)
                {
                    var segment = pravega.Find(read.Segment);
                    changed = segment?.Changed ?? Task.CompletedTask;
                    if (segment is null) reply = new NoSuchSegment(read.RequestId, read.Segment, "", read.Offset);
                    else if (segment.Store != number) reply = new WrongHost(read.RequestId, read.Segment, "", "");
                    else if (read.Offset < segment.Bytes.Count || segment.IsSealed)
                    {
                        var count = (int)Math.Min(Math.Clamp(read.SuggestedLength, 8, MostRead), segment.Bytes.Count - read.Offset);
                        var data = segment.Bytes.GetRange((int)read.Offset, count).ToArray();
                        reply = new SegmentRead(read.Segment, read.Offset, false, count == 0, new ArraySegment<byte>(data), read.RequestId);
                    }
                }
                if (reply is not null)
                {
                    await connection.SendAsync(reply);
                    return;
                }
                await changed.WaitAsync(connection.Over);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone.
        }
    }

    private sealed class Connection(NetworkStream stream, CancellationToken over) : IDisposable
    {
        private readonly SemaphoreSlim writing = new(1, 1);

        public CancellationToken Over => over;

        public Dictionary<Guid, string> Writers { get; } = [];

        public List<Task> Held { get; } = [];

        public void Dispose() => writing.Dispose();

        public async Task SendAsync(WireCommand command)
        {
            await writing.WaitAsync(over);
            try
            {
                var frame = new ArrayBufferWriter<byte>();
                WireCodec.Write(command, frame);
                await stream.WriteAsync(frame.WrittenMemory, over);
            }
            finally
            {
                writing.Release();
            }
        }
    }
}
