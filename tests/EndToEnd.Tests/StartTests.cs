using System.Net;
using System.Net.Sockets;

namespace Weir.EndToEnd.Tests;

/// <summary>A start that cannot work says why in a sentence, with exit code 1; a stop leaves nothing behind.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Help_tells_the_options()
    {
        var (code, output, _) = await SiteProcess.RunAsync("--help");

        Assert.Equal(0, code);
        foreach (var option in new[] { "--data", "--http-port", "--mqtt-port", "--no-demo" })
            Assert.Contains(option, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--http-port")]
    [InlineData("--mqtt-port")]
    public async Task A_port_in_use_is_told_with_the_option_that_helps(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var folder = Directory.CreateTempSubdirectory("weir-start-");

        var (code, _, error) = await SiteProcess.RunAsync(
        [
            "--no-demo", "--data", folder.FullName, option, $"{port}",
            option == "--http-port" ? "--mqtt-port" : "--http-port", $"{FreePort.Next()}",
        ]);
        folder.Delete(recursive: true);

        Assert.Equal(1, code);
        Assert.Contains($"Port {port}", error, StringComparison.Ordinal);
        Assert.Contains(option, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told()
    {
        var file = Path.GetTempFileName();

        var (code, _, error) = await SiteProcess.RunAsync(
            "--no-demo", "--data", Path.Combine(file, "data"), "--http-port", $"{FreePort.Next()}", "--mqtt-port", $"{FreePort.Next()}");
        File.Delete(file);

        Assert.Equal(1, code);
        Assert.Contains("cannot be written", error, StringComparison.Ordinal);
        Assert.Contains("--data", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Weir": { "Role": "Dashboard" } }""", "Weir:Cluster")]
    [InlineData("""{ "Weir": { "Cluster": { "ClusterId": "factory" } } }""", "Weir:")]
    [InlineData("""{ "Weir": { "Role": "Nothing" } }""", "Weir:Role")]
    [InlineData("""{ "Weir": { "Database": { "ConnectionString": "Server=127.0.0.1;Port=1;User Id=weir;Password=secret;Database=weir" } } }""", "Weir:Database:ConnectionString")]
    [InlineData("""{ "Weir": { "Database": { "ConnectionString": "Server=127.0.0.1;Password=secret" } } }""", "names no database")]
    [InlineData("""{ "Weir": { "Inference": { "Lanes": 65 } } }""", "Weir:Inference: Lanes must be between 1 and 64, but is 65.")]
    [InlineData("{ Weir", "is no JSON")]
    public async Task A_configuration_that_cannot_work_is_told_in_a_sentence_without_its_password(string configuration, string says)
    {
        var folder = Directory.CreateTempSubdirectory("weir-start-");
        var file = Path.Combine(folder.FullName, "site.json");
        await File.WriteAllTextAsync(file, configuration, TestContext.Current.CancellationToken);

        var (code, output, error) = await SiteProcess.RunAsync(
            "--no-demo", "--config", file, "--data", Path.Combine(folder.FullName, "data"),
            "--http-port", $"{FreePort.Next()}", "--mqtt-port", $"{FreePort.Next()}");
        folder.Delete(recursive: true);

        Assert.Equal(1, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error + output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_site_on_the_same_folder_is_told_and_the_first_goes_on()
    {
        await using var first = await SiteProcess.StartAsync(null, "--no-demo");

        var (code, _, error) = await SiteProcess.RunAsync(
            "--no-demo", "--data", first.Folder, "--http-port", $"{FreePort.Next()}", "--mqtt-port", $"{FreePort.Next()}");

        Assert.Equal(1, code);
        Assert.Contains("Another Weir", error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await first.Http.GetAsync("healthz")).StatusCode);
    }

    [Fact]
    public async Task Ctrl_C_stops_everything_in_order_and_leaves_no_child_process()
    {
        await using var site = await SiteProcess.StartAsync(null, "--demo-video", Parts.Video);
        await Eventually.TrueAsync(() => site.Children().Count > 0, TimeSpan.FromSeconds(60), () => $"No ffmpeg was started.\n{site.Output}");
        var children = site.Children();

        var code = await site.InterruptAsync();

        Assert.Equal(0, code);
        await Eventually.TrueAsync(
            () => !children.Any(ChildProcesses.IsRunning), TimeSpan.FromSeconds(10), () => "A child process outlived the site.");
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:1", "Pravega at tcp://127.0.0.1:1 cannot be used")]
    [InlineData("http://127.0.0.1", "must begin with tcp://")]
    public async Task A_Pravega_that_cannot_be_used_is_told(string controller, string sentence)
    {
        var folder = Directory.CreateTempSubdirectory("weir-site-").FullName;
        try
        {
            var (code, _, error) = await SiteProcess.RunAsync(
                "--no-demo", "--data", folder, "--http-port", $"{FreePort.Next()}", "--mqtt-port", $"{FreePort.Next()}",
                "--streams", "pravega", "--pravega-controller", controller);
            Assert.Equal(1, code);
            Assert.Contains(sentence, error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
