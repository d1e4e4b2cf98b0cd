namespace Weir.Mqtt;

/// <summary>
/// Answers the packets of a connected client that need no waiting. Where the journal must have something before an
/// answer is sent (QoS 2 of a session that lasts), the answer is held back until <see cref="SendKeptAsync"/>.
/// </summary>
internal sealed class PacketAnswers(BrokerJournal? journal, ClientConnection connection, Session session)
{
    private readonly ConnectionWriter writer = connection.Writer;
    private List<AcknowledgePacket>? held;

    /// <exception cref="MqttException">The packet is malformed or must not come from a client.</exception>
    public void Answer(in Frame frame)
    {
        switch (frame.Type)
        {
            case PacketType.Pubrec:
                AnswerPubrec(AcknowledgePacket.Read(frame, connection.Version));
                break;
            case PacketType.Pubrel:
                AnswerPubrel(AcknowledgePacket.Read(frame, connection.Version).PacketIdentifier);
                break;
            case PacketType.Pubcomp:
                session.Complete(connection, AcknowledgePacket.Read(frame, connection.Version).PacketIdentifier);
                break;
            case PacketType.Pingreq:
                if (frame.Bytes is not [0xC0, 0]) throw MqttException.Malformed("PINGREQ has flags or a body.");
                writer.Send(new PingPacket(PacketType.Pingresp));
                break;
            default:
                throw MqttException.ProtocolError($"A client that is connected must not send {frame.Type}.");
        }
    }

    /// <summary>Sends the answers that were held back, when the journal has what they are about.</summary>
    public async ValueTask SendKeptAsync()
    {
        if (held is not { Count: > 0 }) return;
        await journal!.WaitAsync(journal.Appended).ConfigureAwait(false);
        foreach (var answer in held) writer.Send(answer);
        held.Clear();
    }

    private void AnswerPubrel(ushort identifier)
    {
        var known = session.ReceivedOnce.Release(identifier);
        if (known) connection.Answered(1);
        var answer = new AcknowledgePacket(PacketType.Pubcomp, identifier, known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound);
        if (known && session.IsDurable)
        {
            journal!.Released(session, identifier);
            (held ??= []).Add(answer);
        }
        else
        {
            writer.Send(answer);
        }
    }

    private void AnswerPubrec(in AcknowledgePacket received)
    {
        var known = session.Receive(received.PacketIdentifier, received.Reason, out var isKept);
        if (received.Reason >= ReasonCode.UnspecifiedError)
        {
            writer.Signal();
            return;
        }
        var answer = new AcknowledgePacket(PacketType.Pubrel, received.PacketIdentifier,
            known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound);
        if (isKept) (held ??= []).Add(answer);
        else writer.Send(answer);
    }
}
