namespace Weir.Mqtt;

/// <summary>What a record of the journal tells. The numbers are on disk: never give one another meaning.</summary>
internal enum JournalRecord : byte
{
    /// <summary>A connection has the session: who, how long it lasts, and its will.</summary>
    Opened = 1,
    /// <summary>The session is without a connection; when it ends and when its will is due.</summary>
    Detached = 2,
    /// <summary>The session is over.</summary>
    Ended = 3,
    /// <summary>The will of a session without connection has been published.</summary>
    WillPublished = 4,
    Subscribed = 5,
    Unsubscribed = 6,
    /// <summary>A message, the sessions in which it waits, and the QoS 2 identifier by which it came.</summary>
    Published = 7,
    /// <summary>A waiting message has its packet identifier and is being sent.</summary>
    Assigned = 8,
    /// <summary>Packet identifiers whose messages are finished.</summary>
    Finished = 9,
    /// <summary>QoS 2: PUBREC has come; only PUBREL is repeated from here on.</summary>
    Received = 10,
    /// <summary>A waiting message was dropped.</summary>
    Dropped = 11,
    /// <summary>QoS 2: PUBREL has come; the identifier is free for another message.</summary>
    Released = 12,
    /// <summary>A retained message; with an empty payload, its topic has none.</summary>
    Retained = 13,
    /// <summary>From here to <see cref="SnapshotEnd"/> the session is told from the beginning.</summary>
    SnapshotBegin = 14,
    SnapshotEnd = 15,
    /// <summary>A broker has started: a snapshot that has no end yet will not get one.</summary>
    Started = 16,
    /// <summary>QoS 2: a message is about to be handed over to who keeps it, and the time by which that knows it.</summary>
    HandingOver = 17,
}
