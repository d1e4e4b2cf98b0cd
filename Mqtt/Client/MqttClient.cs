namespace Weir.Mqtt;

/// <summary>
/// An MQTT client. Thread-safe. Publishing is pipelined: start many <see cref="PublishAsync"/> and await them later.
/// Messages of one publishing thread keep their order.
/// </summary>
public sealed class MqttClient : IAsyncDisposable
{
    private readonly MqttClientOptions options;
    private readonly TimeProvider time;
    private readonly PublishWindow window;
    private readonly Inbox inbox;
    private readonly PendingRequests requests;
    private readonly TaskCompletionSource<ReasonCode> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stopping = new();
    private volatile ClientLink? link;
    private Task running = Task.CompletedTask;
    private MqttException? ending;
    private int started;
    private volatile bool awaitsPingresp;
    private volatile BrokerLimits limits = BrokerLimits.None;

    /// <summary>Makes a client; <see cref="ConnectAsync"/> connects it.</summary>
    /// <param name="options">How it connects.</param>
    /// <param name="time">Where the time comes from; null for the system.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public MqttClient(MqttClientOptions options, TimeProvider? time = null)
    {
        options.Validate();
        this.options = options;
        this.time = time ?? TimeProvider.System;
        window = new PublishWindow(options.MaxInflight, keepsPackets: options.Reconnect is not null);
        requests = new PendingRequests(firstIdentifier: options.MaxInflight + 1);
        inbox = new Inbox(options.MaxPending, options.TopicAliasMaximum);
        ClientId = options.ClientId;
    }

    /// <summary>The client identifier; the broker's choice, once connected, where none was given.</summary>
    public string ClientId { get; private set; }

    /// <summary>Whether there is a connection now.</summary>
    public bool IsConnected => link is { IsClosed: false };

    /// <summary>Whether the broker had the session already when the connection was made.</summary>
    public bool SessionPresent { get; private set; }

    /// <summary>Received messages of QoS 0 that were dropped because handlers were too slow.</summary>
    public long DroppedMessages => inbox.Dropped;

    /// <summary>
    /// Finished when the client is no longer connected and will not come back by itself: with
    /// <see cref="ReasonCode.Success"/> after <see cref="DisconnectAsync"/>, else with the reason.
    /// </summary>
    public Task<ReasonCode> Completion => completion.Task;

    /// <summary>Connects, once in a client's life. With <see cref="MqttClientOptions.Reconnect"/> it stays connected from then on.</summary>
    /// <exception cref="MqttException">The broker cannot be reached, or refuses.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref started, 1) != 0)
        {
            throw new InvalidOperationException("This client has been connected before; make a new one.");
        }
        var first = await OpenAsync(options.CleanStart, cancellationToken).ConfigureAwait(false);
        Resume(first);
        running = RunAsync(first);
    }

    /// <summary>
    /// Names the handler of a subscription that the session has from before, as <see cref="SubscribeAsync"/> would. To be
    /// called before <see cref="ConnectAsync"/>: what has waited comes as soon as there is a connection, and what no
    /// handler is there for is acknowledged and gone. Where the broker has no such session, the client subscribes.
    /// </summary>
    /// <exception cref="InvalidOperationException">The client has been connected.</exception>
    /// <exception cref="FormatException">The filter is not a topic filter.</exception>
    public void Expect(string filter, QualityOfService qos, Func<ReceivedMessage, CancellationToken, ValueTask> handler)
    {
        if (Volatile.Read(ref started) != 0) throw new InvalidOperationException("This client has been connected: call SubscribeAsync.");
        inbox.Add(TopicFilter.Parse(filter), qos, handler);
    }

    /// <summary>
    /// Publishes. QoS 0 is finished when the message is on its way, QoS 1 and 2 when the broker has acknowledged it. The
    /// payload must not change until then.
    /// </summary>
    /// <returns>The broker's reason: below 0x80 the message is accepted. MQTT 3.1.1 always says success.</returns>
    /// <exception cref="MqttException">
    /// The connection was lost and is not made again; or the message is beyond what the broker has said it takes: its
    /// highest QoS, its largest packet, whether it retains.
    /// </exception>
    /// <exception cref="InvalidOperationException">The client is not connected.</exception>
    public async ValueTask<ReasonCode> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, QualityOfService qos = QualityOfService.AtLeastOnce, bool retain = false,
        PublishProperties? properties = null, CancellationToken cancellationToken = default)
    {
        if (TopicName.Fault(topic) is { } fault) throw new ArgumentException($"'{topic}': {fault}", nameof(topic));
        var outgoing = new OutgoingPublish(topic, payload, qos, retain, properties);
        var current = CurrentLink();
        limits.Check(outgoing, current.Version);
        if (qos == QualityOfService.AtMostOnce)
        {
            current.Send(outgoing);
            await current.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            return ReasonCode.Success;
        }
        var finished = window.Publish(outgoing);
        return cancellationToken.CanBeCanceled
            ? await finished.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false)
            : await finished.ConfigureAwait(false);
    }

    /// <summary>
    /// Subscribes. The handler gets one message after the other, in their order; QoS 1 and 2 are acknowledged when it
    /// has finished. What it throws ends the client. It may publish and subscribe. Where filters of several handlers
    /// match, each gets the message.
    /// </summary>
    /// <returns>The granted QoS as a reason.</returns>
    /// <exception cref="MqttException">The broker refuses the subscription, or the connection was lost.</exception>
    /// <exception cref="FormatException">The filter is not a topic filter.</exception>
    public async Task<ReasonCode> SubscribeAsync(
        string filter, QualityOfService qos, Func<ReceivedMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken = default)
    {
        var parsed = TopicFilter.Parse(filter);
        inbox.Add(parsed, qos, handler);
        var reasons = await requests.SendAsync(
            CurrentLink(), id => new SubscribePacket(id, [new SubscriptionRequest(parsed, qos)]), cancellationToken).ConfigureAwait(false);
        if (reasons[0] < ReasonCode.UnspecifiedError) return reasons[0];
        inbox.Remove(parsed);
        throw new MqttException(reasons[0], $"The broker refuses the subscription to '{filter}': {reasons[0]}.");
    }

    /// <summary>
    /// Subscribes, and gives the messages one after the other. A message is acknowledged when the next one is asked
    /// for; until then the client's other subscriptions wait too. The subscription ends with the enumeration.
    /// </summary>
    /// <exception cref="MqttException">The broker refuses the subscription, or the connection was lost and is not made again.</exception>
    public async IAsyncEnumerable<ReceivedMessage> ReadAsync(
        string filter, QualityOfService qos = QualityOfService.AtLeastOnce,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var handOver = new MessageHandOver(completion.Task);
        await SubscribeAsync(filter, qos, handOver.GiveAsync, cancellationToken).ConfigureAwait(false);
        try
        {
            while (await handOver.TakeAsync(cancellationToken).ConfigureAwait(false) is { } message) yield return message;
            if (ending is { Reason: not ReasonCode.Success } fault) throw fault;
        }
        finally
        {
            await handOver.DisposeAsync().ConfigureAwait(false);
            if (IsConnected && !completion.Task.IsCompleted) await UnsubscribeAsync(filter, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a subscription.</summary>
    public async Task UnsubscribeAsync(string filter, CancellationToken cancellationToken = default)
    {
        var parsed = TopicFilter.Parse(filter);
        await requests.SendAsync(CurrentLink(), id => new UnsubscribePacket(id, [parsed]), cancellationToken).ConfigureAwait(false);
        inbox.Remove(parsed);
    }

    /// <summary>Says goodbye and ends; the broker does not publish the will.</summary>
    public async Task DisconnectAsync()
    {
        ending = new MqttException(ReasonCode.Success, "The client has disconnected.");
        await stopping.CancelAsync().ConfigureAwait(false);
        if (link is { } current)
        {
            current.Send(new DisconnectPacket(ReasonCode.Success));
            await current.DisposeAsync().ConfigureAwait(false);
        }
        await running.ConfigureAwait(false);
        completion.TrySetResult(ReasonCode.Success);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!completion.Task.IsCompleted) await DisconnectAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        stopping.Dispose();
    }

    private ClientLink CurrentLink() =>
        completion.Task.IsCompleted ? throw ending ?? Lost()
            : link ?? throw new InvalidOperationException("The client is not connected: call ConnectAsync first.");

    private static MqttException Lost() => new(ReasonCode.ServerUnavailable, "The connection was lost.");

    private async Task<ClientLink> OpenAsync(bool cleanStart, CancellationToken cancellationToken)
    {
        var connect = options.ToConnect(ClientId, cleanStart);
        var (opened, answer) = await ClientLink.OpenAsync(options, connect, cancellationToken).ConfigureAwait(false);
        SessionPresent = answer.SessionPresent;
        ClientId = answer.Properties.AssignedClientIdentifier ?? ClientId;
        limits = BrokerLimits.Of(answer, options.KeepAlive);
        return opened;
    }

    private async Task RunAsync(ClientLink current)
    {
        var handling = inbox.HandleAsync(stopping.Token);
        for (ClientLink? next = current; next is not null;)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
            var pinging = KeepAliveAsync(next, ended.Token);
            var failing = AbortWhenHandlingFailsAsync(handling, next, ended.Token);
            var cause = await next.ReadAsync(Receive).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            await pinging.ConfigureAwait(false);
            await failing.ConfigureAwait(false);
            await next.DisposeAsync().ConfigureAwait(false);
            if (handling.IsFaulted)
            {
                cause = new MqttException(
                    ReasonCode.ImplementationSpecificError, "A subscription's handler has failed.", handling.Exception!.InnerException!);
            }
            requests.Fail(cause);
            var returns = options.Reconnect is not null && !stopping.IsCancellationRequested && !handling.IsFaulted;
            next = returns ? await ReconnectAsync().ConfigureAwait(false) : null;
            ending ??= next is null ? cause : null;
        }
        inbox.Complete();
        await Task.WhenAny(handling).ConfigureAwait(false);
        completion.TrySetResult(ending!.Reason);
        window.End(ending);
    }

    private async Task<ClientLink?> ReconnectAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await Task.Delay(options.Reconnect!.DelayBefore(attempt), time, stopping.Token).ConfigureAwait(false);
                var next = await OpenAsync(cleanStart: false, stopping.Token).ConfigureAwait(false);
                Resume(next);
                return next;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return null;
            }
            catch (MqttException)
            {
                // Not there yet: try again after a longer delay.
            }
        }
    }

    /// <summary>Brings a new link to where the former one was.</summary>
    private void Resume(ClientLink next)
    {
        if (!SessionPresent)
        {
            inbox.ForgetSession();
            foreach (var request in inbox.Subscriptions) next.Send(new SubscribePacket(requests.NextIdentifier(), [request]));
        }
        window.Attach(next, limits.ReceiveMaximum);
        link = next;
    }

    private void Receive(ClientLink from, in Frame frame)
    {
        switch (frame.Type)
        {
            case PacketType.Publish:
                inbox.Receive(from, frame);
                break;
            case PacketType.Puback or PacketType.Pubrec or PacketType.Pubcomp:
                window.Receive(from, AcknowledgePacket.Read(frame, from.Version));
                break;
            case PacketType.Pubrel:
                inbox.Release(from, AcknowledgePacket.Read(frame, from.Version).PacketIdentifier);
                break;
            case PacketType.Suback or PacketType.Unsuback:
                requests.Receive(SubackPacket.Read(frame, from.Version));
                break;
            case PacketType.Pingresp:
                awaitsPingresp = false;
                break;
            case PacketType.Disconnect:
                var goodbye = DisconnectPacket.Read(frame, from.Version);
                throw new MqttException(goodbye.Reason, $"The broker has disconnected: {goodbye.Reason}. {goodbye.Properties.ReasonString}");
            default:
                throw MqttException.ProtocolError($"A broker must not send {frame.Type} here.");
        }
    }

    private static async Task AbortWhenHandlingFailsAsync(Task handling, ClientLink current, CancellationToken ended)
    {
        await Task.WhenAny(handling, Task.Delay(Timeout.Infinite, ended)).ConfigureAwait(false);
        if (handling.IsFaulted) current.Abort();
    }

    private async Task KeepAliveAsync(ClientLink current, CancellationToken ended)
    {
        var keepAlive = limits.KeepAlive;
        if (keepAlive == TimeSpan.Zero) return;
        awaitsPingresp = false;
        using var timer = new PeriodicTimer(keepAlive / 2, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                if (current.WroteSinceAsked()) continue;
                if (awaitsPingresp)
                {
                    current.Abort();
                    return;
                }
                awaitsPingresp = true;
                current.Send(new PingPacket(PacketType.Pingreq));
            }
        }
        catch (OperationCanceledException)
        {
            // The link has ended.
        }
    }
}
