using System.Buffers;
using System.Net;

namespace Weir.Mqtt.Tests.Transport;

/// <summary>The PROXY protocol, version 2.</summary>
public sealed class ProxyProtocolTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    private static readonly byte[] Version4 = [.. Signature, 0x21, 0x11, 0, 12, 203, 0, 113, 7, 10, 0, 0, 1, 0x30, 0x39, 0x07, 0x5B];

    [Fact]
    public async Task The_address_is_the_clients_and_not_the_balancers()
    {
        await using var broker = await TestBroker.StartAsync(listen: new MqttListenerOptions { ProxyProtocol = true });
        await using var connection = await broker.OpenAsync();
        foreach (var part in Version4.Chunk(7)) await connection.SendAsync(part);
        await connection.SendAsync(TestBroker.Login(null, null, MqttVersion.V311));
        await connection.ReceiveAsync(PacketType.Connack);
        Assert.Equal("203.0.113.7:12345", Assert.Single(broker.Broker.GetClients()).RemoteEndPoint);
        broker.Broker.Ban(new MqttBan { Address = "203.0.113.0/24" });
        await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task A_connection_without_the_header_is_closed()
    {
        await using var broker = await TestBroker.StartAsync(listen: new MqttListenerOptions { ProxyProtocol = true });
        await using var connection = await broker.OpenAsync();
        await connection.SendAsync(TestBroker.Login(null, null, MqttVersion.V311));
        await connection.AssertClosedAsync();
    }

    [Fact]
    public void An_address_of_version_6_and_the_balancers_own_connection_are_read()
    {
        byte[] addresses = [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.Parse("2001:db8::2").GetAddressBytes(), 0, 80, 0, 81, 3, 0, 0];
        Assert.Equal("[2001:db8::1]:80", Parse([.. Signature, 0x21, 0x21, 0, (byte)addresses.Length, .. addresses])?.ToString());
        Assert.Null(Parse([.. Signature, 0x20, 0, 0, 0]));
        Assert.Null(Parse([.. Signature, 0x21, 0, 0, 0]));
    }

    [Theory]
    [InlineData(0x11, 0x11)]
    [InlineData(0x22, 0x11)]
    [InlineData(0x21, 0x51)]
    [InlineData(0x21, 0x11)]
    public void A_header_that_makes_no_sense_is_none(byte command, byte family) =>
        Assert.Throws<InvalidDataException>(() => Parse([.. Signature, command, family, 0, 4, 1, 2, 3, 4]));

    [Fact]
    public void Every_beginning_of_a_header_waits_for_the_rest()
    {
        for (var length = 0; length < Version4.Length; length++)
        {
            Assert.False(ProxyProtocol.TryParse(new ReadOnlySequence<byte>(Version4, 0, length), out _, out _));
        }
    }

    private static IPEndPoint? Parse(byte[] header)
    {
        Assert.True(ProxyProtocol.TryParse(new ReadOnlySequence<byte>(header), out var size, out var source));
        Assert.Equal(header.Length, size);
        return source;
    }
}
