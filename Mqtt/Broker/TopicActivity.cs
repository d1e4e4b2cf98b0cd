namespace Weir.Mqtt;

/// <summary>What a page shows of a topic.</summary>
/// <param name="Topic">The topic name.</param>
/// <param name="Messages">Messages since it is tracked.</param>
/// <param name="Bytes">Payload bytes since it is tracked.</param>
/// <param name="Rate">Messages per second, over about the last second or two.</param>
/// <param name="LastTime">When the last message came, in microseconds since 1970-01-01 UTC.</param>
/// <param name="LastPayload">Its payload, cut to <see cref="MqttBrokerOptions.TrackedPayloadBytes"/>.</param>
/// <param name="LastPayloadSize">Its payload's full size in bytes.</param>
public sealed record TopicSnapshot(
    string Topic, long Messages, long Bytes, double Rate, long LastTime, ReadOnlyMemory<byte> LastPayload, int LastPayloadSize);

/// <summary>The topics that changed since a version.</summary>
/// <param name="Version">What to ask with next time.</param>
/// <param name="Topics">The topics that had a message since, in no order.</param>
public sealed record TopicChanges(long Version, IReadOnlyList<TopicSnapshot> Topics);

/// <summary>
/// A topic's counts, rate and last value. Written once for each run of messages of one topic within a batch, read by
/// pages; a lock of its own keeps the last value whole.
/// </summary>
/// <param name="shownBytes">What is kept of the last payload for pages.</param>
/// <param name="budget">What may be kept beyond that, of all topics; null for nothing.</param>
internal sealed class TopicActivity(int shownBytes, PayloadBudget? budget = null)
{
    private const long RateWindow = 1_000_000;

    private readonly Lock gate = new();
    private byte[] payload = [];
    private int payloadKept;
    private int payloadSize;
    private long messages;
    private long bytes;
    private long lastTime;
    private long windowStart;
    private long windowMessages;
    private double rate;
    private long changed;
    private int watchedBytes;

    /// <summary>The version of the table at the last change.</summary>
    public long Changed => Volatile.Read(ref changed);

    public long LastTime => Volatile.Read(ref lastTime);

    private int MostKept => Math.Max(watchedBytes, shownBytes);

    public void Record(int count, long payloadBytes, ReadOnlySpan<byte> last, long time, ref long tableVersion)
    {
        lock (gate)
        {
            messages += count;
            bytes += payloadBytes;
            if (time - windowStart >= RateWindow)
            {
                if (windowStart != 0) rate = (messages - windowMessages) * 1e6 / (time - windowStart);
                windowStart = time;
                windowMessages = messages;
            }
            lastTime = time;
            payloadSize = last.Length;
            payloadKept = Reserve(Math.Min(last.Length, MostKept));
            last[..payloadKept].CopyTo(payload);
        }
        MarkChanged(ref tableVersion);
    }

    /// <param name="topic">The topic.</param>
    /// <param name="now">The time.</param>
    /// <param name="isWhole">Whether with all that is kept of the payload, not only what pages show.</param>
    public TopicSnapshot Snapshot(string topic, long now, bool isWhole = false)
    {
        lock (gate)
        {
            var length = isWhole ? payloadKept : Math.Min(payloadKept, shownBytes);
            return new TopicSnapshot(topic, messages, bytes, RateAt(now), lastTime, payload.AsSpan(0, length).ToArray(), payloadSize);
        }
    }

    /// <summary>From the next message on so much of its payload is kept; what pages show is kept in any case.</summary>
    public void Keep(int most)
    {
        lock (gate)
        {
            watchedBytes = most;
            if (payload.Length <= MostKept) return;
            budget?.Give(payload.Length - MostKept);
            payloadKept = Math.Min(payloadKept, MostKept);
            payload = payload[..MostKept];
        }
    }

    /// <summary>Makes room for a payload; answers for how much of it there is.</summary>
    private int Reserve(int size)
    {
        if (payload.Length >= size) return size;
        var room = Math.Min(MostKept, Math.Max(size, payload.Length * 2));
        var had = Math.Max(payload.Length, shownBytes);
        if (room > had && budget?.TryTake(room - had) != true) room = had;
        if (room > payload.Length) payload = new byte[room];
        return Math.Min(size, payload.Length);
    }

    /// <summary>
    /// A reader raises the version first and looks at the topics after that. The loop makes sure that a change is
    /// either seen by that reader or carries the raised version, so that no change is missed.
    /// </summary>
    private void MarkChanged(ref long tableVersion)
    {
        for (var version = Volatile.Read(ref tableVersion); ;)
        {
            if (Volatile.Read(ref changed) == version) return;
            Interlocked.Exchange(ref changed, version);
            var now = Volatile.Read(ref tableVersion);
            if (now == version) return;
            version = now;
        }
    }

    private double RateAt(long now)
    {
        var open = now - windowStart;
        if (windowStart == 0) return 0;
        // Silence lowers the rate: after two windows without an end only what came within the open one counts.
        return open < 2 * RateWindow ? rate : (messages - windowMessages) * 1e6 / open;
    }
}
