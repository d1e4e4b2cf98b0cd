namespace Weir.Mqtt;

/// <summary>
/// What a session takes of a topic filter; or, where several of its filters match one topic, of all of them together
/// (then it gets one copy: section 3.3.4).
/// </summary>
internal sealed class Subscription(
    Session session, QualityOfService qos, bool noLocal, bool retainAsPublished, int[]? identifiers)
{
    private readonly SubscriptionRequest? asked;

    public Subscription(Session session, SubscriptionRequest request, int identifier)
        : this(session, request.QoS, request.NoLocal, request.RetainAsPublished, identifier == 0 ? null : [identifier])
    {
        asked = request;
    }

    /// <summary>What was asked for; there is none where this stands for several.</summary>
    public SubscriptionRequest Request => asked!;

    public Session Session => session;

    public QualityOfService QoS => qos;

    public bool NoLocal => noLocal;

    public bool RetainAsPublished => retainAsPublished;

    public int[]? Identifiers => identifiers;

    /// <summary>Whether the journal keeps what comes by this with a QoS.</summary>
    public bool Keeps(QualityOfService published) =>
        session.IsDurable && published > QualityOfService.AtMostOnce && qos > QualityOfService.AtMostOnce;

    /// <summary>This one and another of the same session as one.</summary>
    public Subscription With(Subscription other) => new(
        session,
        qos > other.QoS ? qos : other.QoS,
        noLocal && other.NoLocal,
        retainAsPublished || other.RetainAsPublished,
        identifiers is null ? other.Identifiers : other.Identifiers is null ? identifiers : [.. identifiers, .. other.Identifiers]);
}

/// <summary>The members of one shared subscription. Immutable but for whose turn it is, which all its versions share.</summary>
internal sealed class SharedGroup(string name, Subscription[] members, SharedGroup.Turn turn)
{
    public string Name => name;

    public Subscription[] Members => members;

    public SharedGroup With(Subscription member) =>
        new(name, [.. members.Where(m => m.Session != member.Session), member], turn);

    public SharedGroup? Without(Session session)
    {
        var left = Array.FindAll(members, m => m.Session != session);
        return left.Length == 0 ? null : new SharedGroup(name, left, turn);
    }

    /// <summary>Whose turn it is; members without a connection are passed over while there are others.</summary>
    public Subscription Next()
    {
        var first = (uint)Interlocked.Increment(ref turn.Value);
        for (uint i = 0; i < members.Length; i++)
        {
            var member = members[(first + i) % members.Length];
            if (member.Session.IsConnected) return member;
        }
        return members[first % members.Length];
    }

    internal sealed class Turn
    {
        public int Value;
    }
}
