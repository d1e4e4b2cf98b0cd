using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Mqtt.Tests;

/// <summary>A packet as it came, with the memory of its own.</summary>
internal sealed record ReceivedFrame(byte[] Bytes, int BodyStart)
{
    public PacketType Type => (PacketType)(Bytes[0] >> 4);

    public int Flags => Bytes[0] & 15;

    public static implicit operator Frame(ReceivedFrame frame) => new(frame.Bytes, frame.BodyStart);
}

/// <summary>A PUBLISH as it came.</summary>
internal sealed record ReceivedPublish(string Topic, string Payload, int QoS, bool Retain, bool Duplicate, ushort Id, PublishProperties Properties, int[] Identifiers);

/// <summary>A socket that sends and receives bare frames, and waits no longer than a deadline.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly TcpClient socket;
    private readonly NetworkStream stream;
    private readonly PipeReader reader;
    private readonly FrameScratch scratch = new();

    private RawConnection(TcpClient socket, MqttVersion version)
    {
        this.socket = socket;
        Version = version;
        stream = socket.GetStream();
        reader = PipeReader.Create(stream);
    }

    public MqttVersion Version { get; }

    public ConnackPacket Connack { get; set; } = null!;

    public static async Task<RawConnection> OpenAsync(int port, MqttVersion version)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawConnection(socket, version);
    }

    /// <summary>A broker's side: the next client that comes, welcomed.</summary>
    public static async Task<RawConnection> WelcomeAsync(TcpListener listener, MqttVersion version, bool sessionPresent)
    {
        var connection = new RawConnection(await listener.AcceptTcpClientAsync().WaitAsync(Deadline), version);
        await connection.ReceiveAsync(PacketType.Connect);
        await connection.SendAsync(new ConnackPacket(sessionPresent, ReasonCode.Success));
        return connection;
    }

    public async Task SendAsync(params byte[] bytes) => await stream.WriteAsync(bytes);

    public Task SendAsync(IOutboundPacket packet) => SendAsync(Bytes(packet, Version));

    public Task PublishAsync(string topic, string payload, int qos = 0, ushort id = 0, bool retain = false, bool duplicate = false, Properties? properties = null) =>
        SendAsync(PublishBytes(Version, topic, payload, qos, id, retain, duplicate, properties));

    public async Task<ReasonCode[]> SubscribeAsync(string filter, int qos, ushort id = 1, int identifier = 0, Func<SubscriptionRequest, SubscriptionRequest>? with = null)
    {
        var request = new SubscriptionRequest(TopicFilter.Parse(filter), (QualityOfService)qos);
        await SendAsync(new SubscribePacket(id, [with?.Invoke(request) ?? request]) { Identifier = identifier });
        var suback = SubackPacket.Read(await ReceiveAsync(PacketType.Suback), Version);
        Assert.Equal(id, suback.PacketIdentifier);
        return [.. suback.Reasons];
    }

    public Task AcknowledgeAsync(PacketType type, ushort id, ReasonCode reason = ReasonCode.Success) =>
        SendAsync(new AcknowledgePacket(type, id, reason));

    public async Task<AcknowledgePacket> ReceiveAcknowledgementAsync(PacketType type) => AcknowledgePacket.Read(await ReceiveAsync(type), Version);

    public async Task<ReceivedPublish> ReceivePublishAsync() => ToPublish(await ReceiveAsync(PacketType.Publish));

    /// <summary>The next message, whatever comes before it.</summary>
    public async Task<ReceivedPublish> ReceivePublishAmongOthersAsync()
    {
        while (true)
        {
            var frame = await ReceiveAsync() ?? throw new InvalidOperationException("The broker closed the connection.");
            if (frame.Type == PacketType.Publish) return ToPublish(frame);
        }
    }

    public async Task<ReceivedFrame> ReceiveAsync(PacketType expected)
    {
        var frame = await ReceiveAsync() ?? throw new InvalidOperationException($"The broker closed the connection; {expected} was expected.");
        return frame.Type == expected ? frame
            : throw new InvalidOperationException($"{expected} was expected, but {frame.Type} came: {Convert.ToHexString(frame.Bytes)}");
    }

    /// <summary>The next frame; null when the broker has closed the connection.</summary>
    public async Task<ReceivedFrame?> ReceiveAsync()
    {
        using var timeout = new CancellationTokenSource(Deadline);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(timeout.Token);
                if (TryCut(read.Buffer, out var frame, out var consumed))
                {
                    reader.AdvanceTo(consumed);
                    return frame;
                }
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted) return null;
            }
        }
        catch (IOException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Nothing came within {Deadline}.");
        }
    }

    /// <summary>Everything that was sent before is known to be processed when this returns.</summary>
    public async Task PingAsync()
    {
        await SendAsync(0xC0, 0);
        await ReceiveAsync(PacketType.Pingresp);
    }

    /// <summary>Takes so many PUBACKs; then all before is processed.</summary>
    public async Task PingAfterAcknowledgementsAsync(int count)
    {
        for (var i = 0; i < count; i++) await ReceiveAsync(PacketType.Puback);
        await PingAsync();
    }

    public async Task AssertClosedAsync()
    {
        var frame = await ReceiveAsync();
        Assert.True(frame is null, $"The connection should be closed, but {frame?.Type} came.");
    }

    /// <summary>The reason of the DISCONNECT that comes before the end (MQTT 5).</summary>
    public async Task<ReasonCode> ReceiveDisconnectAsync()
    {
        var reason = DisconnectPacket.Read(await ReceiveAsync(PacketType.Disconnect), Version).Reason;
        await AssertClosedAsync();
        return reason;
    }

    /// <summary>Ends the connection without DISCONNECT.</summary>
    public async ValueTask DisposeAsync()
    {
        await reader.CompleteAsync();
        socket.Dispose();
    }

    public static byte[] Bytes(IOutboundPacket packet, MqttVersion version)
    {
        var buffer = new PacketBuffer();
        packet.Write(buffer, version);
        return buffer.Written.ToArray();
    }

    public static byte[] PublishBytes(MqttVersion version, string topic, string payload, int qos = 0, ushort id = 0, bool retain = false, bool duplicate = false, Properties? properties = null)
    {
        var buffer = new PacketBuffer();
        PublishWriter.Write(buffer, version, Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), (QualityOfService)qos, retain, duplicate, id, properties);
        return buffer.Written.ToArray();
    }

    public ReceivedPublish ToPublish(ReceivedFrame frame)
    {
        var layout = PublishLayout.Read(frame.Bytes, frame.BodyStart, Version);
        var properties = frame.Bytes.AsSpan(layout.PropertiesStart, layout.PropertiesLength);
        var raw = new Properties();
        raw.ReadBody(properties, PropertyMask.Publish);
        return new ReceivedPublish(
            Encoding.UTF8.GetString(frame.Bytes, layout.TopicStart, layout.TopicLength),
            Encoding.UTF8.GetString(frame.Bytes.AsSpan(layout.PayloadStart)),
            frame.Flags >> 1 & 3, (frame.Flags & 1) != 0, (frame.Flags & 8) != 0, layout.PacketIdentifier,
            PublishProperties.Read(properties), [.. raw.SubscriptionIdentifiers]);
    }

    private bool TryCut(in ReadOnlySequence<byte> received, out ReceivedFrame? frame, out SequencePosition consumed)
    {
        var scanner = new FrameScanner(received, VariableInteger.Maximum, scratch);
        frame = scanner.TryRead(out var cut) ? new ReceivedFrame(cut.Bytes.ToArray(), cut.BodyStart) : null;
        consumed = scanner.Consumed;
        return frame is not null;
    }
}
