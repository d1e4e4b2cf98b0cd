using System.Globalization;
using Weir.Mqtt.Tests.Transport;

namespace Weir.Mqtt.Tests.Clients;

/// <summary>MQTT.js (npm) and Eclipse Paho (Python).</summary>
public sealed class OtherClientTests
{
    [Theory]
    [InlineData("3", "")]
    [InlineData("4", "")]
    [InlineData("5", " js")]
    public async Task JavaScript_talks_to_itself_over_tcp(string version, string origin)
    {
        await using var broker = await TestBroker.StartAsync();
        await RunJavaScriptAsync($"mqtt://127.0.0.1:{broker.Port}", version, origin);
    }

    [Theory]
    [InlineData("4", "")]
    [InlineData("5", " js")]
    public async Task JavaScript_talks_to_itself_over_web_socket(string version, string origin)
    {
        await using var broker = await TestBroker.StartAsync();
        await RunJavaScriptAsync($"ws://127.0.0.1:{broker.WebPort}/mqtt", version, origin);
    }

    [Fact]
    public async Task JavaScript_talks_to_itself_over_tls()
    {
        using var certificates = new TestCertificates();
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener());
        await RunJavaScriptAsync($"mqtts://localhost:{broker.Port}", "5", " js");
    }

    [Theory]
    [InlineData("3")]
    [InlineData("4")]
    [InlineData("5")]
    public async Task Paho_talks_to_itself(string version)
    {
        await using var broker = await TestBroker.StartAsync();
        await RunPythonAsync(broker, version);
    }

    [Fact]
    public async Task Paho_talks_to_itself_over_tls()
    {
        using var certificates = new TestCertificates();
        await using var broker = await TestBroker.StartAsync(listen: certificates.Listener());
        await RunPythonAsync(broker, "5", certificates.AuthorityFile);
    }

    private static async Task RunJavaScriptAsync(string url, string version, string origin)
    {
        var folder = Path.Combine(ClientProgram.Folder, "javascript");
        Assert.SkipUnless(Directory.Exists(Path.Combine(folder, "node_modules", "mqtt")), "MQTT.js is not there; ./test.sh brings it in with npm.");
        using var node = ClientProgram.Start("node", Path.Combine(folder, "exchange.js"), url, version);
        await ClientProgram.ExpectAsync(node, string.Concat(Enumerable.Range(0, 3).Select(qos => $"js/{qos} message {qos} {qos} false{origin}\n")));
    }

    private static async Task RunPythonAsync(TestBroker broker, string version, params string[] more)
    {
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/paho"), "Eclipse Paho is not installed (Debian package python3-paho-mqtt).");
        string[] arguments = [Path.Combine(ClientProgram.Folder, "exchange.py"), broker.Port.ToString(CultureInfo.InvariantCulture), version, .. more];
        using var python = ClientProgram.Start("/usr/bin/python3", arguments);
        await ClientProgram.ExpectAsync(python, string.Concat(Enumerable.Range(0, 3).Select(qos => $"py/{qos} message {qos} {qos}\n")));
    }
}
