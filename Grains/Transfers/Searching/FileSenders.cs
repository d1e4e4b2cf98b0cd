using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Searching;

/// <summary>Takes a file where it is to go, by the commands of EMQX's file transfer.</summary>
internal interface IFileSender : IAsyncDisposable
{
    /// <summary>Says what comes.</summary>
    Task BeginAsync(StagedFile file, string exchange, CancellationToken cancellationToken);

    /// <summary>Sends a piece.</summary>
    Task SegmentAsync(StagedFile file, long offset, byte[] segment, CancellationToken cancellationToken);

    /// <summary>Says that it was all.</summary>
    Task FinishAsync(StagedFile file, CancellationToken cancellationToken);
}

/// <summary>The tails of the commands' topics.</summary>
internal static class FileTopics
{
    public static string Segment(long offset, byte[] segment) =>
        string.Create(CultureInfo.InvariantCulture, $"{offset}/{Convert.ToHexStringLower(SHA256.HashData(segment))}");

    public static string Fin(StagedFile file) => string.Create(CultureInfo.InvariantCulture, $"fin/{file.Bytes}/{file.Checksum}");
}

/// <summary>
/// To this site's own subscribers: <c>ParquetFile/ID/NUMBER/init</c>, <c>…/OFFSET/SHA256</c>, <c>…/fin/SIZE/SHA256</c>, and a
/// word of each file on <c>ParquetFile/ID</c>. Who listens can hand the commands on as they are, below <c>$file</c>.
/// </summary>
internal sealed class LocalSender(SiteVoice voice, string topic) : IFileSender
{
    public async Task BeginAsync(StagedFile file, string exchange, CancellationToken cancellationToken)
    {
        await voice.SayAsync(topic, About(file, "begun"), cancellationToken);
        await voice.SayAsync($"{topic}/{file.Number}/init", file.Init(exchange), cancellationToken);
    }

    public Task SegmentAsync(StagedFile file, long offset, byte[] segment, CancellationToken cancellationToken) =>
        voice.SendAsync($"{topic}/{file.Number}/{FileTopics.Segment(offset, segment)}", segment, cancellationToken);

    public async Task FinishAsync(StagedFile file, CancellationToken cancellationToken)
    {
        await voice.SendAsync($"{topic}/{file.Number}/{FileTopics.Fin(file)}", ReadOnlyMemory<byte>.Empty, cancellationToken);
        await voice.SayAsync(topic, About(file, "sent"), cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static object About(StagedFile file, string state) => new { file = file.Number, file.Name, size = file.Bytes, checksum = file.Checksum, state };
}

/// <summary>
/// To a parent's broker, over a connection of its own that is made again when it is lost. A few segments are on their way at
/// one time; how far the parent has acknowledged is kept, so that a later process goes on from there.
/// </summary>
internal sealed class ParentSender : IFileSender
{
    private const int MostOnTheirWay = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly MqttClient client;
    private readonly SearchJob job;
    private readonly Queue<(long End, Task<ReasonCode> Sent)> onTheirWay = new();

    private ParentSender(MqttClient client, SearchJob job) => (this.client, this.job) = (client, job);

    /// <summary>Connects; where the parent cannot be reached, it is tried again until it can.</summary>
    public static async Task<ParentSender> ConnectAsync(string name, TransferParent parent, SearchJob job, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var client = new MqttClient(new MqttClientOptions
            {
                Host = parent.Host,
                Port = parent.Port,
                // The parent knows files by the client that sends them, so each search is a client of its own, and always the same.
                ClientId = $"{parent.ClientId ?? $"weir-{Environment.MachineName}-{name}"}-{job.Id}",
                UserName = parent.UserName,
                Password = parent.Password is { } password ? Encoding.UTF8.GetBytes(password) : null,
                Tls = parent.Tls ? new System.Net.Security.SslClientAuthenticationOptions { TargetHost = parent.Host } : null,
                Reconnect = new MqttReconnect(FirstPause, LongestPause),
            });
            try
            {
                await client.ConnectAsync(cancellationToken);
                return new ParentSender(client, job);
            }
            catch (MqttException error)
            {
                await client.DisposeAsync();
                if (error.Reason is ReasonCode.BadUserNameOrPassword or ReasonCode.NotAuthorized or ReasonCode.Banned)
                    throw new IOException($"The parent '{name}' does not let this site in: {error.Message}", error);
                await Task.Delay(pause, cancellationToken);
            }
        }
    }

    public async Task BeginAsync(StagedFile file, string exchange, CancellationToken cancellationToken) =>
        Check(await client.PublishAsync($"{Topic(file)}/init", SiteVoice.ToBytes(file.Init(exchange)), cancellationToken: cancellationToken), "init");

    public async Task SegmentAsync(StagedFile file, long offset, byte[] segment, CancellationToken cancellationToken)
    {
        if (onTheirWay.Count == MostOnTheirWay) await SettleAsync(file);
        onTheirWay.Enqueue((offset + segment.Length,
            client.PublishAsync($"{Topic(file)}/{FileTopics.Segment(offset, segment)}", segment, cancellationToken: cancellationToken).AsTask()));
    }

    public async Task FinishAsync(StagedFile file, CancellationToken cancellationToken)
    {
        while (onTheirWay.Count > 0) await SettleAsync(file);
        Check(await client.PublishAsync($"{Topic(file)}/{FileTopics.Fin(file)}", default, cancellationToken: cancellationToken), "fin");
    }

    public async ValueTask DisposeAsync() => await client.DisposeAsync();

    private string Topic(StagedFile file) => $"$file/{job.Id}-{file.Number}";

    private async Task SettleAsync(StagedFile file)
    {
        var (end, sent) = onTheirWay.Dequeue();
        Check(await sent, "a segment");
        job.Acknowledge(file.Number, end);
    }

    private static void Check(ReasonCode reason, string what)
    {
        if (reason >= ReasonCode.UnspecifiedError) throw new IOException($"The parent has refused {what}: {reason}.");
    }
}
