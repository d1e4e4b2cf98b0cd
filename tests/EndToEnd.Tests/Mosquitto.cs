using System.Diagnostics;

namespace Weir.EndToEnd.Tests;

/// <summary>Debian's MQTT clients.</summary>
internal static class Mosquitto
{
    public static void Need() =>
        Assert.SkipUnless(File.Exists("/usr/bin/mosquitto_pub"), "mosquitto_pub is not installed; ./test.sh installs it where apt-get can.");

    /// <summary>Publishes one message with <c>mosquitto_pub</c> and waits until that has ended.</summary>
    public static async Task PublishAsync(int port, string topic, string message, int qos = 1)
    {
        using var process = Process.Start("mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{port}", "-t", topic, "-m", message, "-q", $"{qos}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Starts <c>mosquitto_sub</c> for a number of messages; the task answers what it prints.</summary>
    public static Task<string> SubscribeAsync(int port, string filter, int messages, int qos = 1)
    {
        var process = Process.Start(new ProcessStartInfo(
            "mosquitto_sub", ["-h", "127.0.0.1", "-p", $"{port}", "-t", filter, "-q", $"{qos}", "-C", $"{messages}", "-W", "60"])
        {
            RedirectStandardOutput = true,
        })!;
        return ReadAsync(process);
    }

    /// <summary>Publishes the bytes of a file, or nothing, with <c>mosquitto_pub</c>.</summary>
    public static async Task PublishFileAsync(int port, string client, string topic, string? file)
    {
        string[] content = file is null ? ["-n"] : ["-f", file];
        using var process = Process.Start("mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{port}", "-V", "5", "-i", client, "-t", topic, "-q", "1", .. content]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Runs <c>mosquitto_sub</c> and keeps what it prints: a line for each message, topic and payload in hexadecimal.</summary>
    public static Listener Listen(int port, params string[] filters) => new(port, filters);

    /// <summary>A <c>mosquitto_sub</c> that listens until it is disposed.</summary>
    internal sealed class Listener : IAsyncDisposable
    {
        private readonly Process process;
        private readonly List<(string Topic, byte[] Payload)> messages = [];
        private readonly Task reading;

        public Listener(int port, string[] filters)
        {
            var topics = filters.SelectMany(filter => new[] { "-t", filter });
            process = Process.Start(new ProcessStartInfo("mosquitto_sub", ["-h", "127.0.0.1", "-p", $"{port}", .. topics, "-q", "1", "-F", "%t %x"])
            {
                RedirectStandardOutput = true,
            })!;
            reading = ReadAsync();
        }

        public IReadOnlyList<(string Topic, byte[] Payload)> Messages
        {
            get { lock (messages) return [.. messages]; }
        }

        /// <summary>The payloads of one topic as text.</summary>
        public List<string> Texts(string topic) => [.. Messages.Where(message => message.Topic == topic).Select(message => System.Text.Encoding.UTF8.GetString(message.Payload))];

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            await reading;
            process.Dispose();
        }

        private async Task ReadAsync()
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                var space = line.LastIndexOf(' ');
                var message = (line[..space], Convert.FromHexString(line[(space + 1)..]));
                lock (messages) messages.Add(message);
            }
        }
    }

    private static async Task<string> ReadAsync(Process process)
    {
        using (process)
        {
            var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return text;
        }
    }
}
