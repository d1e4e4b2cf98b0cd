using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Weir.Mqtt.Tests.Security;

/// <summary>AUTH (section 4.12) with a method that asks for a number one higher than its own.</summary>
public sealed class EnhancedAuthenticationTests
{
    [Fact]
    public async Task An_exchange_of_auth_packets_lets_a_client_in()
    {
        await using var broker = await StartAsync();
        var connection = await BeginAsync(broker);
        await connection.SendAsync(Answer("42"));
        var connack = ConnackPacket.Read(await connection.ReceiveAsync(PacketType.Connack), MqttVersion.V5);
        Assert.Equal((ReasonCode.Success, "PLUS-ONE", "welcome"), (
            connack.Reason, connack.Properties.AuthenticationMethod, Encoding.UTF8.GetString(connack.Properties.AuthenticationData!)));
        Assert.Equal("counter", Assert.Single(broker.Broker.GetClients()).User);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_wrong_answer_is_refused()
    {
        await using var broker = await StartAsync();
        var connection = await BeginAsync(broker);
        await connection.SendAsync(Answer("41"));
        var connack = ConnackPacket.Read(await connection.ReceiveAsync(PacketType.Connack), MqttVersion.V5);
        Assert.Equal(ReasonCode.NotAuthorized, connack.Reason);
        await connection.AssertClosedAsync();
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_method_that_is_not_known_is_refused()
    {
        await using var broker = await StartAsync();
        Assert.Equal(ReasonCode.BadAuthenticationMethod, await broker.ReasonAsync(Connect("SCRAM-SHA-1")));
    }

    [Theory]
    [InlineData("42", true)]
    [InlineData("41", false)]
    public async Task A_client_may_authenticate_anew(string answer, bool isRight)
    {
        await using var broker = await StartAsync();
        var connection = await BeginAsync(broker);
        await connection.SendAsync(Answer("42"));
        await connection.ReceiveAsync(PacketType.Connack);
        await connection.SendAsync(Answer(null, ReasonCode.ReAuthenticate));
        var question = AuthPacket.Read(await connection.ReceiveAsync(PacketType.Auth));
        Assert.Equal(ReasonCode.ContinueAuthentication, question.Reason);
        await connection.SendAsync(Answer(answer));
        if (isRight)
        {
            Assert.Equal(ReasonCode.Success, AuthPacket.Read(await connection.ReceiveAsync(PacketType.Auth)).Reason);
            await connection.PingAsync();
        }
        else
        {
            Assert.Equal(ReasonCode.NotAuthorized, await connection.ReceiveDisconnectAsync());
        }
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task Auth_without_a_method_in_connect_is_a_protocol_error()
    {
        await using var broker = await StartAsync();
        await using var connection = await broker.OpenAsync("plain", MqttVersion.V5);
        await connection.SendAsync(Answer(null, ReasonCode.ReAuthenticate));
        Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
    }

    [Fact]
    public async Task Another_method_within_the_exchange_is_a_protocol_error()
    {
        await using var broker = await StartAsync();
        var connection = await BeginAsync(broker);
        await connection.SendAsync(new AuthPacket(ReasonCode.ContinueAuthentication) { Properties = new Properties { AuthenticationMethod = "OTHER" } });
        await connection.AssertClosedAsync();
        await connection.DisposeAsync();
    }

    internal static Task<TestBroker> StartAsync() => TestBroker.StartAsync(
        secure: s =>
        {
            s.AllowAnonymous = true;
            s.FailureDelay = s.MaxFailureDelay = TimeSpan.Zero;
        },
        services: s => s.AddSingleton<IMqttEnhancedAuthenticator, PlusOne>());

    internal static async Task<RawConnection> BeginAsync(TestBroker broker)
    {
        var connection = await broker.OpenAsync(MqttVersion.V5);
        await connection.SendAsync(Connect("PLUS-ONE"));
        var question = AuthPacket.Read(await connection.ReceiveAsync(PacketType.Auth));
        Assert.Equal((ReasonCode.ContinueAuthentication, "PLUS-ONE", "41"), (
            question.Reason, question.Properties.AuthenticationMethod, Encoding.UTF8.GetString(question.Properties.AuthenticationData!)));
        return connection;
    }

    internal static AuthPacket Answer(string? data, ReasonCode reason = ReasonCode.ContinueAuthentication) => new(reason)
    {
        Properties = new Properties { AuthenticationMethod = "PLUS-ONE", AuthenticationData = data is null ? null : Encoding.UTF8.GetBytes(data) },
    };

    private static ConnectPacket Connect(string method) => new()
    {
        Version = MqttVersion.V5, ClientId = "c", CleanStart = true, Properties = new Properties { AuthenticationMethod = method },
    };

    private sealed class PlusOne : IMqttEnhancedAuthenticator
    {
        public string Method => "PLUS-ONE";

        public IMqttAuthenticationExchange Begin(MqttLogin login) => new Exchange();

        private sealed class Exchange : IMqttAuthenticationExchange
        {
            public ValueTask<MqttAuthenticationStep> NextAsync(ReadOnlyMemory<byte>? data, CancellationToken cancellationToken) =>
                ValueTask.FromResult(data is null
                    ? new MqttAuthenticationStep(MqttLoginVerdict.NotConcerned, "41"u8.ToArray())
                    : data.Value.Span.SequenceEqual("42"u8)
                        ? new MqttAuthenticationStep(MqttLoginVerdict.Accepted("counter"), "welcome"u8.ToArray())
                        : new MqttAuthenticationStep(MqttLoginVerdict.Refused(ReasonCode.NotAuthorized, "wrong number")));
        }
    }
}
