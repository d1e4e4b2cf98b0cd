namespace Weir.Mqtt.Tests.Transport;

/// <summary>MQTT over TLS.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates certificates = new();

    public void Dispose() => certificates.Dispose();

    [Fact]
    public async Task Messages_pass_over_tls()
    {
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener());
        await using var client = await TestBroker.ConnectAsync(broker.Options() with { Tls = certificates.Client() });
        var got = new TaskCompletionSource<string>();
        await client.SubscribeAsync("a", QualityOfService.AtLeastOnce, (message, _) =>
        {
            got.TrySetResult(System.Text.Encoding.UTF8.GetString(message.Payload.Span));
            return default;
        }, TestContext.Current.CancellationToken);
        await client.PublishAsync("a", "secret"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("secret", await got.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        await client.DisconnectAsync();
    }

    [Fact]
    public async Task A_client_certificate_is_the_user()
    {
        await using var broker = await TestBroker.StartAsync(
            listen: certificates.Listener(requiresClients: true), secure: s => s.CertificateUser = MqttCertificateUser.CommonName);
        await using var client = await TestBroker.ConnectAsync(broker.Options() with { Tls = certificates.Client("ann") });
        Assert.Equal("ann", Assert.Single(broker.Broker.GetClients()).User);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_or_none_is_turned_away()
    {
        using var others = new TestCertificates("Another authority");
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener(requiresClients: true));
        var stranger = certificates.Client();
        stranger.ClientCertificates = others.Client("ann").ClientCertificates;
        await Assert.ThrowsAsync<MqttException>(() => TestBroker.ConnectAsync(broker.Options() with { Tls = stranger }));
        await Assert.ThrowsAsync<MqttException>(() => TestBroker.ConnectAsync(broker.Options() with { Tls = certificates.Client() }));
        await using var known = await TestBroker.ConnectAsync(broker.Options() with { Tls = certificates.Client("ann") });
    }

    [Fact]
    public async Task Without_a_certificate_the_user_name_decides_where_none_is_required()
    {
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener(asksClients: true), secure: s =>
        {
            s.CertificateUser = MqttCertificateUser.CommonName;
            s.Users.Add(new MqttUser { Name = "bob", PasswordHash = PasswordHash.Create("pw"u8, 1000) });
        });
        await using var client = await TestBroker.ConnectAsync(
            broker.Options() with { Tls = certificates.Client(), UserName = "bob", Password = "pw"u8.ToArray() });
        Assert.Equal("bob", Assert.Single(broker.Broker.GetClients()).User);
    }

    [Fact]
    public async Task The_client_does_not_trust_a_stranger()
    {
        using var others = new TestCertificates("Another authority");
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener());
        await Assert.ThrowsAsync<MqttException>(() => TestBroker.ConnectAsync(broker.Options() with { Tls = others.Client() }));
    }

    [Theory]
    [InlineData("nowhere", null, false)]
    [InlineData("127.0.0.1", "/no/such/file.pem", false)]
    [InlineData("127.0.0.1", null, true)]
    public void Wrong_options_are_told_with_a_sentence(string address, string? certificate, bool requires)
    {
        var options = new MqttListenerOptions { Address = address, CertificateFile = certificate, RequireClientCertificate = requires };
        Assert.EndsWith(".", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
