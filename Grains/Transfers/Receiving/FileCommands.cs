using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Receiving;

/// <summary>Carries out the file commands of clients, those of one client in their order, and tells each what became of them.</summary>
internal sealed partial class FileCommands(FileReceiver receiver, SiteVoice voice, ILogger<FileCommands> logger)
{
    /// <summary>Where a client hears what became of its commands, as EMQX has it.</summary>
    private const string ResponseTopic = "$file-response/";

    private readonly ConcurrentDictionary<string, Task> clients = new(StringComparer.Ordinal);

    /// <summary>Carries out a command. Its payload must stay as it is until the task has ended.</summary>
    public Task<FileVerdict> TakeAsync(string client, string topic, ReadOnlyMemory<byte> payload)
    {
        var answer = new TaskCompletionSource<FileVerdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Behind the client's former command: the broker calls in the order in which they came.
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before = Task.CompletedTask;
        clients.AddOrUpdate(client, own.Task, (_, tail) =>
        {
            before = tail;
            return own.Task;
        });
        _ = Task.Run(async () =>
        {
            await before;
            var verdict = Execute(client, topic, payload);
            own.SetResult();
            clients.TryRemove(KeyValuePair.Create(client, own.Task));
            await AnswerAsync(client, topic, verdict);
            answer.SetResult(verdict);
        });
        return answer.Task;
    }

    private FileVerdict Execute(string client, string topic, ReadOnlyMemory<byte> payload)
    {
        if (!FileCommand.TryParse(topic, out var command, out var fault)) return new FileVerdict(ReasonCode.TopicNameInvalid, fault);
        try
        {
            receiver.Execute(client, command, payload.Span);
            return FileVerdict.Success;
        }
        catch (FileTransferException refusal)
        {
            LogRefused(logger, client, topic, refusal.Message);
            return new FileVerdict(refusal.Reason, refusal.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogFailed(logger, error, client, topic);
            return new FileVerdict(ReasonCode.QuotaExceeded, $"The file cannot be written: {error.Message}");
        }
    }

    // Segments that went well are answered by PUBACK alone unless the client asked for messages: it would be one each.
    private async Task AnswerAsync(string client, string topic, FileVerdict verdict)
    {
        var isSegment = !topic.EndsWith("/init", StringComparison.Ordinal) && !topic.Contains("/fin/", StringComparison.Ordinal);
        if (isSegment && verdict.Reason == ReasonCode.Success && !FileCommand.IsAsync(topic)) return;
        try
        {
            await voice.SendAsync(
                ResponseTopic + client,
                SiteVoice.ToBytes(new Dictionary<string, object>
                {
                    ["vsn"] = "0.1", ["topic"] = topic, ["reason_code"] = (int)verdict.Reason, ["reason_description"] = verdict.Description,
                }),
                CancellationToken.None);
        }
        catch (Exception error)
        {
            // A client identifier with a wildcard in it has no topic of its own; PUBACK has told it all the same.
            LogFailed(logger, error, client, topic);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Client {Client}: {Topic} refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string client, string topic, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Client {Client}: {Topic} failed")]
    private static partial void LogFailed(ILogger logger, Exception error, string client, string topic);
}
