using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Weir.Mqtt;

/// <summary>One network connection: reads packets, answers them, and ends.</summary>
internal sealed class ClientConnection
{
    private const int AcknowledgedAtOnce = 128;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly ConnectionContext transport;
    private readonly MqttBroker broker;
    private readonly RateLimit? rate;
    private ushort[] acknowledged = [];
    private PublishAcceptance? acceptance;
    private PublishIntake? intake;
    private PacketAnswers? answers;
    private ClientLogin? login;
    private WillMessage? will;
    private DateTimeOffset? validUntil;
    private volatile bool closing;
    private volatile bool isHeldBack;
    private long lastReceived;
    private long awaitedSince;

    public ClientConnection(ConnectionContext transport, MqttBroker broker)
    {
        this.transport = transport;
        this.broker = broker;
        Writer = new ConnectionWriter(transport.Transport.Output, broker.Counters, broker.Clock, broker.Journal);
        rate = RateLimit.For(broker.Options, broker.Clock);
        lastReceived = awaitedSince = Opened = broker.Clock.Milliseconds;
        ConnectedSince = broker.Clock.UtcNow;
    }

    public ConnectionWriter Writer { get; }

    /// <summary>Whether its end has been decided.</summary>
    public bool IsClosing => closing;

    /// <summary>Null until CONNECT has been accepted.</summary>
    public Session? Session { get; private set; }

    public MqttVersion Version { get; private set; } = MqttVersion.V311;

    public string ClientId { get; private set; } = "";

    /// <summary>Who the client is; null for an anonymous one.</summary>
    public string? User { get; private set; }

    /// <summary>What the client may do; null for everything.</summary>
    public ClientAccess? Access { get; private set; }

    public WillMessage? Will => Volatile.Read(ref will);

    /// <summary>Messages a second, in and out; null while there has been none.</summary>
    public ClientRates? Rates { get; private set; }

    /// <summary>Where it comes from. An address of IPv4 that came to a socket of both kinds is what it is: limits and bans name it so.</summary>
    public IPAddress? Address => (transport.RemoteEndPoint as IPEndPoint)?.Address is { } address
        ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address : null;

    public string RemoteEndPoint => transport.RemoteEndPoint is IPEndPoint { Port: var port } && Address is { } address
        ? new IPEndPoint(address, port).ToString() : transport.RemoteEndPoint?.ToString() ?? transport.ConnectionId;

    public DateTimeOffset ConnectedSince { get; }

    /// <summary>The same on the broker's clock.</summary>
    public long Opened { get; }

    public TimeSpan KeepAlive { get; private set; }

    public long MessagesReceived => acceptance?.Messages ?? 0;

    /// <summary>When the last bytes came, on the broker's clock.</summary>
    public long LastReceived => isHeldBack ? broker.Clock.Milliseconds : Volatile.Read(ref lastReceived);

    /// <summary>
    /// Since when CONNECT, or what else belongs to the login, is awaited, on the broker's clock; 0 while it is being
    /// decided on, which may take longer than a client may: a slow hash, a service that is asked, the pause after a failure.
    /// </summary>
    public long AwaitedSince => Volatile.Read(ref awaitedSince);

    /// <summary>Whether the login has run out.</summary>
    public bool HasRunOut => validUntil <= broker.Clock.UtcNow;

    /// <summary>When the broker decided to end the connection; 0 while it has not.</summary>
    public long ClosingSince { get; private set; }

    /// <summary>Serves the connection to its end.</summary>
    public async Task RunAsync()
    {
        var writing = Writer.RunAsync();
        var input = transport.Transport.Input;
        try
        {
            // What it needs while it waits is little: ten thousand connections wait most of the time.
            while (!closing)
            {
                var read = await input.ReadAsync().ConfigureAwait(false);
                if (read.IsCanceled || await TakeAsync(input, read).ConfigureAwait(false)) break;
            }
        }
        catch (MqttException fault)
        {
            broker.Log.ProtocolFault(ClientId, RemoteEndPoint, fault.Reason, fault.Message);
            if (Session is null && fault.Reason == ReasonCode.UnsupportedProtocolVersion)
            {
                Writer.Send(new ConnackPacket(false, fault.Reason));
            }
            Close(fault.Reason, fault.Message);
        }
        catch (Exception lost) when (lost is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            if (broker.Log.IsDetailed) broker.Log.ConnectionLost(ClientId, RemoteEndPoint, lost.Message);
        }
        finally
        {
            if (ClosingSince == 0) ClosingSince = broker.Clock.Milliseconds;
            try
            {
                if (acceptance is not null) await acceptance.DisposeAsync().ConfigureAwait(false);
                await LeaveSessionAsync().ConfigureAwait(false);
                Writer.Close();
                await writing.ConfigureAwait(false);
            }
            finally
            {
                broker.Exit(this);
            }
        }
    }

    /// <summary>So many messages of QoS 2 are finished.</summary>
    public void Answered(int messages) => intake?.Answered(messages);

    public void MeasureRates(long now)
    {
        var (received, sent) = (MessagesReceived, Writer.MessagesSent);
        if (Rates is null && received == 0 && sent == 0) return;
        Rates ??= new ClientRates(Math.Max(Opened, now - ClientRates.Window));
        Rates.Measure(now, received, sent);
    }

    /// <summary>Ends the connection; an MQTT 5 client is told why.</summary>
    public void Close(ReasonCode reason, string why)
    {
        if (closing) return;
        closing = true;
        ClosingSince = broker.Clock.Milliseconds;
        if (Session is not null && Version == MqttVersion.V5) Writer.Send(Explain(reason, why));
        Writer.Close();
        transport.Transport.Input.CancelPendingRead();
    }

    /// <summary>Ends the connection at once.</summary>
    public void Abort(string why) => transport.Abort(new ConnectionAbortedException(why));

    /// <summary>Gives the will, once.</summary>
    public WillMessage? TakeWill() => Interlocked.Exchange(ref will, null);

    private DisconnectPacket Explain(ReasonCode reason, string why)
    {
        const int withoutReason = 4;
        return new DisconnectPacket(reason) { Properties = new Properties { ReasonString = Writer.Fitting(why, withoutReason) } };
    }

    /// <summary>Takes what was received; true where it was the last.</summary>
    private async ValueTask<bool> TakeAsync(PipeReader input, ReadResult read)
    {
        Volatile.Write(ref lastReceived, broker.Clock.Milliseconds);
        intake?.Begin();

        var rest = read.Buffer;
        var consumed = rest.Start;
        ScanResult result;
        try
        {
            do
            {
                result = ScanAndAnswer(rest, out consumed);
                var bytes = rest.Slice(0, consumed).Length;
                var before = MessagesReceived;
                broker.Counters.ReceiveBytes(bytes);
                rest = rest.Slice(consumed);
                while (intake is { HasMessages: true }) await SubmitAsync(intake.Release()).ConfigureAwait(false);
                if (answers is not null) await answers.SendKeptAsync().ConfigureAwait(false);
                if (result.Packet is not null) await TakeAsync(result.Packet).ConfigureAwait(false);
                if (result.Fault is not null) throw result.Fault;
                if (Writer.IsBehind) await Writer.WaitUntilDrainedAsync().ConfigureAwait(false);
                if (rate is not null) await PauseAsync(rate.Take((int)(MessagesReceived - before), bytes)).ConfigureAwait(false);
            }
            while (result.HasMore && !closing);
        }
        finally
        {
            input.AdvanceTo(consumed, read.Buffer.End);
        }
        return result.Ended || read.IsCompleted;
    }

    /// <summary>What a look through the received bytes came to.</summary>
    /// <param name="HasMore">Whether there may be further packets among them.</param>
    /// <param name="Ended">Whether the client has said goodbye.</param>
    /// <param name="Packet">A packet whose answer may take time, so that those after it must wait.</param>
    /// <param name="Fault">What was wrong with the packet after the last one taken.</param>
    private readonly record struct ScanResult(
        bool HasMore = false, bool Ended = false, IOutboundPacket? Packet = null, MqttException? Fault = null);

    /// <summary>
    /// Takes packets until there is none left, or until those taken so far have to be dealt with first: the messages
    /// gathered go on before a packet that depends on their order is looked at.
    /// </summary>
    private ScanResult Scan(in ReadOnlySequence<byte> received, out SequencePosition consumed)
    {
        var scanner = new FrameScanner(received, broker.Options.MaxPacketSize, FrameScratch.OfThread);
        var acknowledgements = 0;
        try
        {
            while (intake is not { IsFull: true })
            {
                if (intake is { HasMessages: true } && DependsOnOrder(scanner.NextType)) break;
                if (!scanner.TryRead(out var frame)) return new ScanResult();
                if (Session is null) return Expect(frame);
                switch (frame.Type)
                {
                    case PacketType.Publish:
                        (intake ??= BeginIntake()).Take(frame);
                        break;
                    case PacketType.Puback:
                        if (acknowledged.Length == 0) acknowledged = new ushort[AcknowledgedAtOnce];
                        acknowledged[acknowledgements++] = AcknowledgePacket.Read(frame, Version).PacketIdentifier;
                        if (acknowledgements == acknowledged.Length) FlushAcknowledgements(ref acknowledgements);
                        break;
                    case PacketType.Disconnect:
                        Leave(DisconnectPacket.Read(frame, Version));
                        return new ScanResult(Ended: true);
                    case PacketType.Subscribe:
                        return new ScanResult(HasMore: true, Packet: SubscribePacket.Read(frame, Version));
                    case PacketType.Unsubscribe:
                        return new ScanResult(HasMore: true, Packet: UnsubscribePacket.Read(frame, Version));
                    case PacketType.Auth when Version == MqttVersion.V5:
                        return new ScanResult(HasMore: true, Packet: AuthPacket.Read(frame));
                    default:
                        (answers ??= new PacketAnswers(broker.Journal, this, Session)).Answer(frame);
                        break;
                }
            }
            return new ScanResult(HasMore: true);
        }
        catch (MqttException fault)
        {
            return new ScanResult(Fault: fault);
        }
        finally
        {
            FlushAcknowledgements(ref acknowledgements);
            consumed = scanner.Consumed;
        }
    }

    /// <summary>The same; answers to little are sent by this thread.</summary>
    private ScanResult ScanAndAnswer(in ReadOnlySequence<byte> received, out SequencePosition consumed)
    {
        if (!WakeList.IsLittle(0, received.Length)) return Scan(received, out consumed);
        WakeList.Begin();
        try
        {
            return Scan(received, out consumed);
        }
        finally
        {
            WakeList.End();
        }
    }

    /// <summary>
    /// Hands messages on. While the handler takes no more the client is not read, and what it sends as its keep-alive is
    /// not seen: that is not the client's silence.
    /// </summary>
    private async ValueTask SubmitAsync(PublishBatch batch)
    {
        acceptance ??= new PublishAcceptance(broker, this, Session!, intake!);
        isHeldBack = true;
        var taken = acceptance.SubmitAsync(batch);
        if (!taken.IsCompletedSuccessfully)
        {
            await taken.ConfigureAwait(false);
            Volatile.Write(ref lastReceived, broker.Clock.Milliseconds);
        }
        isHeldBack = false;
    }

    /// <summary>The client's first message.</summary>
    private PublishIntake BeginIntake()
    {
        var first = new PublishIntake(broker, ClientId, Version, Session!, Writer, Access);
        first.Begin();
        return first;
    }

    private static bool DependsOnOrder(PacketType type) =>
        type is PacketType.Subscribe or PacketType.Unsubscribe or PacketType.Disconnect;

    private void FlushAcknowledgements(ref int count)
    {
        if (count > 0) Session!.Acknowledge(this, acknowledged.AsSpan(0, count));
        count = 0;
    }

    /// <summary>What may come before the session: CONNECT, and then what belongs to the login.</summary>
    private ScanResult Expect(in Frame frame)
    {
        if (login is { IsInProgress: true })
        {
            if (frame.Type == PacketType.Disconnect) return new ScanResult(Ended: true);
            return frame.Type == PacketType.Auth ? new ScanResult(HasMore: true, Packet: AuthPacket.Read(frame))
                : throw MqttException.ProtocolError($"AUTH is awaited, but {frame.Type} came.");
        }
        return frame.Type == PacketType.Connect ? new ScanResult(HasMore: true, Packet: ConnectPacket.Read(frame))
            : throw MqttException.ProtocolError($"The first packet must be CONNECT, but is {frame.Type}.");
    }

    private async ValueTask TakeAsync(IOutboundPacket packet)
    {
        switch (packet)
        {
            case ConnectPacket connect:
                Volatile.Write(ref awaitedSince, 0);
                await ConnectAsync(connect).ConfigureAwait(false);
                break;
            case AuthPacket auth:
                if (login is null) throw MqttException.ProtocolError("AUTH came, but CONNECT had named no authentication method.");
                Volatile.Write(ref awaitedSince, 0);
                await LoginAsync(await login.ContinueAsync(auth).ConfigureAwait(false)).ConfigureAwait(false);
                break;
            case SubscribePacket subscribe:
                await broker.Router.SubscribeAsync(subscribe, this).ConfigureAwait(false);
                break;
            case UnsubscribePacket unsubscribe:
                await broker.Router.UnsubscribeAsync(unsubscribe, this).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask ConnectAsync(ConnectPacket connect)
    {
        Version = connect.Version;
        var wishes = connect.Properties;
        Writer.Use(Version, (int)Math.Min(wishes.MaximumPacketSize ?? 0, VariableInteger.Maximum), wishes.RequestProblemInformation != 0,
            Math.Min(wishes.TopicAliasMaximum ?? 0, broker.Options.OutboundTopicAliasMaximum));
        var terms = ConnectTerms.For(connect, broker.Options);
        ClientId = terms.ClientId;
        if (terms.Refusal is { } refusal) throw Refused(refusal);
        login = new ClientLogin(broker.Gate, connect, terms, Address, transport.Features.Get<ITlsConnectionFeature>()?.ClientCertificate);
        await LoginAsync(await login.BeginAsync().ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async ValueTask LoginAsync(LoginStep step)
    {
        if (step.Admission is not { } admission)
        {
            Writer.Send(login!.Packet(ReasonCode.ContinueAuthentication, step.Data));
            Volatile.Write(ref awaitedSince, broker.Clock.Milliseconds);
            return;
        }
        if (Session is null)
        {
            if (!admission.IsGranted) throw Refused(ConnectTerms.Refuse(admission.Reason, admission.Why!));
            await OpenAsync(admission, step.Data).ConfigureAwait(false);
            return;
        }
        // The client has authenticated anew (section 4.12.1).
        if (!admission.IsGranted) throw new MqttException(admission.Reason, admission.Why!);
        if (admission.User != User) throw new MqttException(ReasonCode.NotAuthorized, "A client must stay the same user.");
        validUntil = admission.ValidUntil;
        Writer.Send(login!.Packet(ReasonCode.Success, step.Data));
    }

    private async ValueTask OpenAsync(Admission admission, ReadOnlyMemory<byte>? data)
    {
        var terms = login!.Terms;
        User = admission.User;
        validUntil = admission.ValidUntil;
        Access = broker.Gate.AccessOf(User, terms.ClientId);
        var opening = await broker.OpenAsync(terms, this).ConfigureAwait(false);
        if (opening.Refusal is { } refusal) throw Refused(refusal);
        var session = opening.Session!;

        KeepAlive = terms.KeepAlive;
        will = terms.Will;
        Writer.Send(terms.Answer(opening.Present, login.Method, data));
        // Only who named a method may authenticate anew; of all others CONNECT is not needed any more.
        if (login.Method is null) login = null;
        Session = session;
        Writer.Attach(session);
        if (broker.Log.IsDetailed) broker.Log.Connected(ClientId, RemoteEndPoint, Version);
    }

    private MqttException Refused(ConnackPacket refusal)
    {
        const int withoutReason = 5;
        broker.Counters.Refuse();
        var why = refusal.Properties.ReasonString ?? "CONNECT was refused.";
        refusal.Properties.ReasonString = Writer.Fitting(why, withoutReason);
        Writer.Send(refusal);
        return new MqttException(refusal.Reason, why);
    }

    private async ValueTask PauseAsync(TimeSpan pause)
    {
        // In short steps: the connection may end meanwhile, and what the client sends as its keep-alive is not seen.
        for (var left = pause; left > TimeSpan.Zero && !closing; left -= LongestPause)
        {
            await Task.Delay(left < LongestPause ? left : LongestPause, broker.Clock.Provider, broker.Stopping).ConfigureAwait(false);
            Volatile.Write(ref lastReceived, broker.Clock.Milliseconds);
        }
    }

    private void Leave(DisconnectPacket packet)
    {
        if (packet.Properties.SessionExpiryInterval is { } seconds) broker.SetSessionExpiry(Session!, seconds);
        if (packet.Reason == ReasonCode.Success) TakeWill();
        closing = true;
    }

    private async Task LeaveSessionAsync()
    {
        if (Session is not { } session) return;
        if (broker.Log.IsDetailed) broker.Log.Disconnected(ClientId, RemoteEndPoint);
        if (broker.Sessions.Release(this, session) is not { } due) return;
        await broker.PublishWillAsync(ClientId, due).ConfigureAwait(false);
        broker.Sessions.NoteWillPublished(ClientId);
    }
}
