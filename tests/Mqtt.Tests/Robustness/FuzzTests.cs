using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Mqtt.Tests.Robustness;

/// <summary>
/// Random, cut and mutated packets against the codec and a live broker: 100,000 in all, 10 million with
/// <c>WEIR_TEST_LONG=1</c>.
/// </summary>
[Collection(nameof(Measured))]
public sealed class FuzzTests
{
    private static readonly int Packets = Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 10_000_000 : 100_000;

    [Fact]
    public void The_codec_takes_a_packet_or_tells_what_is_wrong_with_it()
    {
        var fuzz = new PacketFuzz(1);
        var (taken, refused) = (0, 0);
        for (var i = 0; i < Packets * 4 / 5; i++)
        {
            var packet = fuzz.Next();
            var version = (MqttVersion)(3 + i % 3);
            try
            {
                if (Decode(packet, version)) taken++;
            }
            catch (MqttException)
            {
                refused++;
            }
            catch (Exception fault)
            {
                Assert.Fail($"Packet {i} ({version}) {Convert.ToHexString(packet)} ends in {fault}");
            }
        }
        Assert.True(taken > 0 && refused > 0);
    }

    [Fact]
    public async Task A_live_broker_closes_the_guilty_connection_only_and_is_idle_afterwards()
    {
        await using var broker = await TestBroker.StartAsync(o => (o.MaxQueuedMessages, o.MaxQueuedBytes) = (1000, 1024 * 1024));
        await using var bystander = await broker.OpenAsync("bystander", keepAlive: 0);
        await bystander.SubscribeAsync("calm", 1);
        var before = await SettledMemoryAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => FuzzAsync(broker.Port, 100 + i, Packets / 5 / 4))));

        // Others are served: the bystander has lost nothing, and a newcomer is let in.
        await using (var newcomer = await broker.OpenAsync("newcomer", MqttVersion.V5))
        {
            await newcomer.PublishAsync("calm", "still here", 1, 1);
            await newcomer.ReceiveAsync(PacketType.Puback);
        }
        Assert.Equal("still here", (await bystander.ReceivePublishAsync()).Payload);
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the guilty connections have ended");

        // No growth: what the fuzz has left behind is bounded by what it could rightly leave, retained messages and sessions.
        var after = await SettledMemoryAsync();
        Assert.True(after - before < 64 * 1024 * 1024, $"The process holds {(after - before) / 1024 / 1024} MiB more than before.");
        await AssertIdleAsync();
        await using var last = await broker.OpenAsync("last");
        await last.PingAsync();
    }

    private static bool Decode(byte[] packet, MqttVersion version)
    {
        var scanner = new FrameScanner(new ReadOnlySequence<byte>(packet), 1_000_000, new FrameScratch());
        var any = false;
        while (scanner.TryRead(out var frame))
        {
            any = true;
            switch (frame.Type)
            {
                case PacketType.Connect: ConnectPacket.Read(frame); break;
                case PacketType.Connack: ConnackPacket.Read(frame, version); break;
                case PacketType.Publish:
                    var layout = PublishLayout.Read(frame.Bytes, frame.BodyStart, version);
                    if (layout.PropertiesLength > 0) PublishPropertyScan.Read(frame.Bytes.Slice(layout.PropertiesStart, layout.PropertiesLength));
                    _ = TopicName.Fault(frame.Bytes.Slice(layout.TopicStart, layout.TopicLength));
                    break;
                case PacketType.Puback or PacketType.Pubrec or PacketType.Pubrel or PacketType.Pubcomp: AcknowledgePacket.Read(frame, version); break;
                case PacketType.Subscribe: SubscribePacket.Read(frame, version); break;
                case PacketType.Suback or PacketType.Unsuback: SubackPacket.Read(frame, version); break;
                case PacketType.Unsubscribe: UnsubscribePacket.Read(frame, version); break;
                case PacketType.Disconnect: DisconnectPacket.Read(frame, version); break;
                case PacketType.Auth: AuthPacket.Read(frame); break;
            }
        }
        return any;
    }

    private static void FuzzAsync(int port, int seed, int packets)
    {
        var fuzz = new PacketFuzz(seed);
        var random = new Random(seed);
        Socket? socket = null;
        var sent = 0;
        var answers = new byte[4096];
        for (var i = 0; i < packets; i++)
        {
            if (socket is null)
            {
                socket = Connect(port, seed, random);
                sent = 0;
            }
            try
            {
                socket.Send(fuzz.Next());
                // A few packets are enough for one connection; that half of them are never answered is part of the trial.
                if (seed % 2 == 0 && socket.Available > 0) socket.Receive(answers);
                if (++sent < 8) continue;
            }
            catch (SocketException)
            {
                // It has been closed: that is what a guilty connection gets.
            }
            socket.Dispose();
            socket = null;
        }
        socket?.Dispose();
    }

    /// <summary>Mostly a client that has been let in, for what lies behind CONNECT.</summary>
    private static Socket Connect(int port, int seed, Random random)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        socket.Connect(IPAddress.Loopback, port);
        var kind = random.Next(4);
        if (kind == 3) return socket;
        var version = (MqttVersion)(3 + kind);
        socket.Send(RawConnection.Bytes(new ConnectPacket
        {
            Version = version, ClientId = $"fuzz-{seed}", CleanStart = random.Next(2) == 0,
            Properties = version == MqttVersion.V5 ? new Properties { SessionExpiryInterval = 5, TopicAliasMaximum = 3 } : new(),
        }, version));
        // Half of them get what all of them publish, and never read it.
        if (random.Next(2) == 0) socket.Send(RawConnection.Bytes(new SubscribePacket(9, [new SubscriptionRequest(TopicFilter.Parse("#"), QualityOfService.ExactlyOnce)]), version));
        return socket;
    }

    private static async Task<long> SettledMemoryAsync()
    {
        await Task.Delay(200, TestContext.Current.CancellationToken);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(true);
    }

    /// <summary>A connection that spins would hold a processor: within some time there must be a second with little work in it.</summary>
    private static async Task AssertIdleAsync()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            if (Process.GetCurrentProcess().TotalProcessorTime - before < TimeSpan.FromMilliseconds(300)) return;
        }
        Assert.Fail("The process is never idle after the fuzz: something spins.");
    }
}

/// <summary>Tests that look at the process as a whole: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Measured), DisableParallelization = true)]
public sealed class Measured;
