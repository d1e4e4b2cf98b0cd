using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Benchmarks;

/// <summary>
/// Sends QoS 1 messages at a steady rate, a few each millisecond, and measures how long each takes to its subscriber: from
/// when it was due, not from when it could be sent, so that a stall counts for all that it held up.
/// </summary>
internal sealed class MqttLatency(int port, int perSecond)
{
    private const int Payload = 100;
    private const int Topic = 7;
    private const int Frame = 2 + 2 + Topic + 2 + Payload;

    /// <summary>Runs for a while and gives the latencies in milliseconds, rising.</summary>
    public async Task<double[]> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var subscriber = Connect("latency-s");
        subscriber.Send([0x82, 5 + Topic, 0, 1, 0, Topic, .. "latency"u8, 1]);
        Exactly(subscriber, new byte[5]);
        using var publisher = Connect("latency-p");
        var count = (int)(perSecond * duration.TotalSeconds);
        var times = new double[count];
        var receiving = Task.Factory.StartNew(() => Receive(subscriber, times), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var draining = Task.Factory.StartNew(() => Drain(publisher, count), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Factory.StartNew(() => Send(publisher, count), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(receiving, draining).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        Array.Sort(times);
        return times;
    }

    private void Send(Socket socket, int count)
    {
        var buffer = new byte[Frame * 1024];
        var start = Stopwatch.GetTimestamp();
        for (var sent = 0; sent < count;)
        {
            var due = Math.Min(count, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond));
            if (due <= sent)
            {
                Thread.Sleep(1);
                continue;
            }
            var now = Math.Min(due - sent, 1024);
            for (var i = 0; i < now; i++)
            {
                var frame = buffer.AsSpan(i * Frame, Frame);
                frame[0] = 0x32;
                frame[1] = Frame - 2;
                frame[2] = 0;
                frame[3] = Topic;
                "latency"u8.CopyTo(frame[4..]);
                BinaryPrimitives.WriteUInt16BigEndian(frame[(4 + Topic)..], (ushort)((sent + i) % 60_000 + 1));
                var meant = start + (long)((sent + i) / (double)perSecond * Stopwatch.Frequency);
                BinaryPrimitives.WriteInt64LittleEndian(frame[(6 + Topic)..], meant);
            }
            for (var rest = buffer.AsSpan(0, now * Frame); !rest.IsEmpty;) rest = rest[socket.Send(rest)..];
            sent += now;
        }
    }

    private static void Receive(Socket socket, double[] times)
    {
        var buffer = new byte[Frame * 4096];
        var answers = new byte[4 * 4096];
        for (int got = 0, filled = 0; got < times.Length;)
        {
            var size = socket.Receive(buffer.AsSpan(filled));
            if (size == 0) throw new IOException("The broker closed the subscriber's connection.");
            var now = Stopwatch.GetTimestamp();
            filled += size;
            var frames = filled / Frame;
            for (var i = 0; i < frames; i++)
            {
                var frame = buffer.AsSpan(i * Frame, Frame);
                times[got++] = (now - BinaryPrimitives.ReadInt64LittleEndian(frame[(6 + Topic)..])) * 1000.0 / Stopwatch.Frequency;
                answers[i * 4] = 0x40;
                answers[i * 4 + 1] = 2;
                frame.Slice(4 + Topic, 2).CopyTo(answers.AsSpan(i * 4 + 2));
            }
            for (var rest = answers.AsSpan(0, frames * 4); !rest.IsEmpty;) rest = rest[socket.Send(rest)..];
            buffer.AsSpan(frames * Frame, filled - frames * Frame).CopyTo(buffer);
            filled -= frames * Frame;
        }
    }

    private static void Drain(Socket socket, int count)
    {
        var buffer = new byte[64 * 1024];
        for (long bytes = 0; bytes < count * 4L;)
        {
            var size = socket.Receive(buffer);
            if (size == 0) throw new IOException("The broker closed the publisher's connection.");
            bytes += size;
        }
    }

    private Socket Connect(string id)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var name = System.Text.Encoding.ASCII.GetBytes(id);
        socket.Send([0x10, (byte)(12 + name.Length), 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 0, 0, (byte)name.Length, .. name]);
        Exactly(socket, new byte[4]);
        return socket;
    }

    private static void Exactly(Socket socket, byte[] into)
    {
        for (var got = 0; got < into.Length;)
        {
            var size = socket.Receive(into.AsSpan(got));
            if (size == 0) throw new IOException("The broker closed the connection.");
            got += size;
        }
    }
}
