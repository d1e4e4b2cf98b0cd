using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Benchmarks;

/// <summary>Who publishes to whom.</summary>
/// <param name="Name">What the figure is called.</param>
/// <param name="Publishers">How many publish, each on a topic of its own.</param>
/// <param name="Subscribers">How many subscribe; where nobody does, acknowledged messages are what is counted.</param>
/// <param name="QoS">0, 1 or 2, both ways.</param>
/// <param name="Paired">True: subscriber i takes topic i. False: each subscriber takes all topics.</param>
/// <param name="Window">Messages that a publisher has unacknowledged at most.</param>
/// <param name="Payload">Bytes of payload; 0 for those that the run is told.</param>
/// <param name="Connections">Connections over which each publisher sends in turn; more than one with QoS 0 only.</param>
internal sealed record MqttScenario(
    string Name, int Publishers, int Subscribers, int QoS, bool Paired, int Window = 1536, int Payload = 0, int Connections = 1);

/// <summary>
/// Publishes and subscribes over bare sockets with packets that are encoded beforehand, so that it costs far less than
/// any broker: one blocking thread a connection, MQTT 3.1.1. All frames of a run have one size, which makes them
/// countable by their bytes.
/// </summary>
internal sealed class MqttLoad(int port, MqttScenario scenario, int usualPayload)
{
    private const byte Pubrec = 0x50, Pubrel = 0x62, Pubcomp = 0x70;

    /// <summary>What one publisher holds encoded at most.</summary>
    private const int EncodedBytes = 16 * 1024 * 1024;

    private const int TopicLength = 18;

    private readonly int payloadBytes = scenario.Payload > 0 ? scenario.Payload : usualPayload;

    /// <summary>Frames encoded beforehand, a power of two; more than the window, so that no packet identifier is used twice.</summary>
    private int Encoded => Math.Min(2048, 1 << (int)Math.Log2(EncodedBytes / FrameSize));

    private int Window => Math.Min(scenario.Window, Encoded * 3 / 4);

    /// <summary>How far a publisher may be ahead of its subscribers, in messages.</summary>
    private int Lead => Encoded * 4;

    /// <summary>Messages sent at once: a power of two, so that the encoded frames divide into them.</summary>
    private int Chunk => Window < 64 ? 1 : Math.Min(128, Encoded / 16);

    private readonly long[] published = new long[scenario.Publishers];
    private readonly long[] received = new long[scenario.Subscribers];
    private readonly long[] acknowledged = new long[scenario.Publishers];
    private readonly List<Socket> sockets = [];
    private volatile bool stopping;
    private volatile Exception? fault;

    private long Received => scenario.Subscribers == 0 ? Now(acknowledged).Sum() : Now(received).Sum();

    private long Due => Now(published).Sum() * (scenario.Paired || scenario.Subscribers == 0 ? 1 : scenario.Subscribers);

    /// <summary>Runs for a while and gives the messages delivered per second; none may be lost.</summary>
    public async Task<double> RunAsync(TimeSpan warmUp, TimeSpan measured, CancellationToken cancellationToken)
    {
        var threads = new List<Thread>();
        try
        {
            for (var i = 0; i < scenario.Subscribers; i++) threads.Add(Subscribe(i));
            for (var i = 0; i < scenario.Publishers; i++) threads.Add(Publish(i));
            foreach (var thread in threads) thread.Start();

            await Task.Delay(warmUp, cancellationToken);
            var (before, clock) = (Received, Stopwatch.StartNew());
            await Task.Delay(measured, cancellationToken);
            var rate = (Received - before) / clock.Elapsed.TotalSeconds;

            stopping = true;
            for (var drain = Stopwatch.StartNew(); Received != Due && drain.Elapsed < TimeSpan.FromSeconds(5);) await Task.Delay(10, cancellationToken);
            if (fault is not null) throw new InvalidOperationException($"{scenario.Name}: {fault.Message}", fault);
            if (Received != Due) throw new InvalidOperationException($"{scenario.Name}: {Due - Received} of {Due} messages did not arrive.");
            return rate;
        }
        finally
        {
            stopping = true;
            foreach (var socket in sockets) socket.Dispose();
            foreach (var thread in threads) thread.Join();
        }
    }

    private static IEnumerable<long> Now(long[] counts) => Enumerable.Range(0, counts.Length).Select(i => Volatile.Read(ref counts[i]));

    private static string Topic(int publisher) => $"bench/{publisher:D4}/measure"[..TopicLength];

    private Thread Subscribe(int index)
    {
        var socket = Connect($"subscriber-{index:D4}");
        var filter = Encoding.UTF8.GetBytes(scenario.Paired ? Topic(index) : "bench/+/measure");
        socket.Send([0x82, (byte)(5 + filter.Length), 0, 1, 0, (byte)filter.Length, .. filter, (byte)scenario.QoS]);
        ReceiveExactly(socket, stackalloc byte[5]);
        return Guarded(() => Receive(socket, index));
    }

    private Thread Publish(int index)
    {
        var own = Enumerable.Range(0, scenario.Connections).Select(i => Connect($"publisher-{index:D4}-{i:D4}")).ToArray();
        var frames = new byte[Encoded * FrameSize];
        for (var i = 0; i < Encoded; i++) Encode(frames.AsSpan(i * FrameSize, FrameSize), Topic(index), (ushort)(i + 1));
        return Guarded(() => Send(own, frames, index));
    }

    private int FrameSize => 1 + (BodySize < 128 ? 1 : BodySize < 16_384 ? 2 : 3) + BodySize;

    private int BodySize => 2 + TopicLength + (scenario.QoS > 0 ? 2 : 0) + payloadBytes;

    private void Encode(Span<byte> frame, string topic, ushort identifier)
    {
        frame.Fill((byte)'x');
        var at = 0;
        frame[at++] = (byte)(0x30 | scenario.QoS << 1);
        var rest = BodySize;
        for (; rest >= 0x80; rest >>= 7) frame[at++] = (byte)(rest | 0x80);
        frame[at++] = (byte)rest;
        frame[at++] = 0;
        frame[at++] = TopicLength;
        at += Encoding.UTF8.GetBytes(topic, frame[at..]);
        if (scenario.QoS == 0) return;
        frame[at++] = (byte)(identifier >> 8);
        frame[at] = (byte)identifier;
    }

    private void Send(Socket[] own, byte[] frames, int index)
    {
        var socket = own[0];
        var answers = new AnswerReader(socket, scenario.QoS);
        var (chunk, encoded, window, lead) = (Chunk, Encoded, Window, Lead);
        long sent = 0;
        for (var turn = 0; !stopping; turn++)
        {
            while (LeadOf(index, sent) > lead && !stopping) Thread.Sleep(1);
            var at = (int)(sent % encoded) * FrameSize;
            SendAll(own[turn % own.Length], frames.AsSpan(at, chunk * FrameSize));
            sent += chunk;
            Volatile.Write(ref published[index], sent);
            while (scenario.QoS > 0 && sent - answers.Finished > window - chunk && !stopping) answers.Read();
            Volatile.Write(ref acknowledged[index], answers.Finished);
        }
        // The answers to the last messages: without reading them the broker would see a reset.
        while (scenario.QoS > 0 && answers.Finished < sent) answers.Read();
        Volatile.Write(ref acknowledged[index], answers.Finished);
    }

    /// <summary>Reads what a broker answers to a publisher; to PUBREC it says PUBREL.</summary>
    private sealed class AnswerReader(Socket socket, int qos)
    {
        private readonly byte[] buffer = new byte[64 * 1024];
        private readonly byte[] releases = new byte[64 * 1024];
        private int filled;

        public long Finished { get; private set; }

        public void Read()
        {
            var size = socket.Receive(buffer.AsSpan(filled));
            if (size == 0) throw new IOException("The broker closed a publisher's connection.");
            filled += size;
            var (at, released) = (0, 0);
            for (; filled - at >= 4; at += 4)
            {
                var expected = qos == 1 ? 0x40 : buffer[at] == Pubrec ? Pubrec : Pubcomp;
                if (buffer[at] != expected) throw new IOException($"An acknowledgement was expected, but 0x{buffer[at]:X2} came.");
                if (expected != Pubrec)
                {
                    Finished++;
                    continue;
                }
                buffer.AsSpan(at, 4).CopyTo(releases.AsSpan(released));
                releases[released] = Pubrel;
                released += 4;
            }
            if (released > 0) SendAll(socket, releases.AsSpan(0, released));
            buffer.AsSpan(at, filled - at).CopyTo(buffer);
            filled -= at;
        }
    }

    /// <summary>How far a publisher is ahead of the slowest of those it publishes to.</summary>
    private long LeadOf(int publisher, long sent)
    {
        if (scenario.Subscribers == 0) return 0;
        if (scenario.Paired) return sent - Volatile.Read(ref received[publisher]);
        return sent - Now(received).Min() / scenario.Publishers;
    }

    private void Receive(Socket socket, int index)
    {
        var buffer = new byte[Math.Max(256 * 1024, 4 * FrameSize)];
        var answers = new byte[buffer.Length];
        var identifierAt = FrameSize - payloadBytes - 2;
        var filled = 0;
        while (true)
        {
            var size = socket.Receive(buffer.AsSpan(filled));
            if (size == 0) throw new IOException("The broker closed a subscriber's connection.");
            filled += size;
            var (at, answered, frames) = (0, 0, 0);
            while (at < filled)
            {
                var isPublish = (buffer[at] & 0xF0) == 0x30;
                if (!isPublish && (scenario.QoS != 2 || buffer[at] != Pubrel)) throw new IOException($"PUBLISH was expected, but 0x{buffer[at]:X2} came.");
                var frameSize = isPublish ? FrameSize : 4;
                if (filled - at < frameSize) break;
                if (scenario.QoS > 0)
                {
                    var identifier = buffer.AsSpan(at + (isPublish ? identifierAt : 2), 2);
                    answers[answered] = scenario.QoS == 1 ? (byte)0x40 : isPublish ? Pubrec : Pubcomp;
                    answers[answered + 1] = 2;
                    identifier.CopyTo(answers.AsSpan(answered + 2));
                    answered += 4;
                }
                if (isPublish) frames++;
                at += frameSize;
            }
            if (answered > 0) SendAll(socket, answers.AsSpan(0, answered));
            buffer.AsSpan(at, filled - at).CopyTo(buffer);
            filled -= at;
            Volatile.Write(ref received[index], received[index] + frames);
        }
    }

    private Socket Connect(string clientId)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        sockets.Add(socket);
        socket.Connect(IPAddress.Loopback, port);
        var id = Encoding.UTF8.GetBytes(clientId);
        socket.Send([0x10, (byte)(12 + id.Length), 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 0, 0, (byte)id.Length, .. id]);
        Span<byte> connack = stackalloc byte[4];
        ReceiveExactly(socket, connack);
        if (connack[3] != 0) throw new IOException($"The broker refuses the connection with code {connack[3]}.");
        return socket;
    }

    private Thread Guarded(Action work) => new(() =>
    {
        try
        {
            work();
        }
        catch (Exception ended) when (stopping && ended is SocketException or ObjectDisposedException)
        {
            // The run is over and its sockets are closed.
        }
        catch (Exception unexpected)
        {
            fault ??= unexpected;
        }
    })
    { IsBackground = true };

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes)..];
    }

    private static void ReceiveExactly(Socket socket, Span<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Receive(bytes)..];
    }
}
