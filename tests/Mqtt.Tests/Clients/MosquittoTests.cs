using System.Diagnostics;
using System.Globalization;

using Weir.Mqtt.Tests.Transport;

namespace Weir.Mqtt.Tests.Clients;

/// <summary>The clients that everybody has.</summary>
public sealed class MosquittoTests
{
    [Theory]
    [InlineData("mqttv31", 1)]
    [InlineData("mqttv311", 0)]
    [InlineData("mqttv311", 1)]
    [InlineData("mqttv311", 2)]
    [InlineData("5", 0)]
    [InlineData("5", 1)]
    [InlineData("5", 2)]
    public async Task What_mosquitto_pub_sends_mosquitto_sub_gets(string version, int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        using var subscriber = Start("mosquitto_sub", broker, "-V", version, "-q", $"{qos}", "-t", "site/+/temperature", "-C", "3", "-W", "10", "-v");
        await UntilSubscribedAsync(broker);
        for (var i = 1; i <= 3; i++)
        {
            using var publisher = Start("mosquitto_pub", broker, "-V", version, "-q", $"{qos}", "-t", $"site/{i}/temperature", "-m", $"2{i}.5");
            await ClientProgram.ExpectAsync(publisher, "");
        }
        await ClientProgram.ExpectAsync(subscriber, "site/1/temperature 21.5\nsite/2/temperature 22.5\nsite/3/temperature 23.5\n");
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("5")]
    public async Task Mosquitto_sub_gets_a_retained_message_and_a_will(string version)
    {
        await using var broker = await TestBroker.StartAsync();
        using var publisher = Start("mosquitto_pub", broker, "-V", version, "-q", "1", "-r", "-t", "state", "-m", "on");
        await ClientProgram.ExpectAsync(publisher, "");
        using var subscriber = Start("mosquitto_sub", broker, "-V", version, "-q", "1", "-t", "#", "-C", "2", "-W", "10", "-F", "%r %t %p");
        await UntilSubscribedAsync(broker);

        using var dying = Start("mosquitto_sub", broker, "-V", version, "-t", "other", "-i", "dying", "--will-topic", "obituary", "--will-payload", "gone", "--will-qos", "1");
        await Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => c is { ClientId: "dying", Subscriptions: 1 }), "the other client is connected");
        dying.Kill();
        await ClientProgram.ExpectAsync(subscriber, "1 state on\n0 obituary gone\n");
    }

    [Fact]
    public async Task A_file_of_many_lines_arrives_whole_and_in_order()
    {
        await using var broker = await TestBroker.StartAsync();
        using var subscriber = Start("mosquitto_sub", broker, "-q", "1", "-t", "lines", "-C", "2000", "-W", "20");
        await UntilSubscribedAsync(broker);
        var lines = string.Concat(Enumerable.Range(1, 2000).Select(i => $"line {i}\n"));
        using var publisher = Start("mosquitto_pub", broker, "-q", "1", "-t", "lines", "-l");
        await publisher.StandardInput.WriteAsync(lines);
        publisher.StandardInput.Close();
        await ClientProgram.ExpectAsync(subscriber, lines);
        await ClientProgram.ExpectAsync(publisher, "");
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("5")]
    public async Task Mosquittos_clients_talk_over_tls_with_certificates_and_names(string version)
    {
        using var certificates = new TestCertificates();
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener(asksClients: true), secure: s =>
        {
            s.CertificateUser = MqttCertificateUser.CommonName;
            s.Users.Add(new MqttUser { Name = "bob", PasswordHash = PasswordHash.Create("pw"u8, 1000) });
            s.FailureDelay = s.MaxFailureDelay = TimeSpan.Zero;
        });
        string[] tls = ["-V", version, "--cafile", certificates.AuthorityFile];
        using var subscriber = Start("mosquitto_sub", broker,
            [.. tls, "--cert", certificates.PathOf("ann.pem"), "--key", certificates.PathOf("ann.key"), "-t", "a", "-C", "1", "-W", "20"]);
        await UntilSubscribedAsync(broker);
        Assert.Equal("ann", Assert.Single(broker.Broker.GetClients()).User);
        using var publisher = Start("mosquitto_pub", broker, [.. tls, "-u", "bob", "-P", "pw", "-t", "a", "-m", "secret", "-q", "1"]);
        await ClientProgram.ExpectAsync(publisher, "");
        await ClientProgram.ExpectAsync(subscriber, "secret\n");
        using var stranger = Start("mosquitto_pub", broker, [.. tls, "-u", "bob", "-P", "wrong", "-t", "a", "-m", "x"]);
        await stranger.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, stranger.ExitCode);
    }

    private static Process Start(string program, TestBroker broker, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{program}"), $"{program} is not installed (Debian package mosquitto-clients).");
        string[] all = ["-h", "localhost", "-p", broker.Port.ToString(CultureInfo.InvariantCulture), .. arguments];
        return ClientProgram.Start(program, all);
    }

    private static Task UntilSubscribedAsync(TestBroker broker) =>
        Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => c.Subscriptions > 0), "mosquitto_sub has subscribed");
}
