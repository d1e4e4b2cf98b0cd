namespace Weir.Archive;

/// <summary>The keys that a query asks for, with what else a message must fulfil.</summary>
/// <param name="First">No key below this is asked for.</param>
/// <param name="Last">No key above this is asked for.</param>
/// <param name="Filter">Only these topics; null takes all.</param>
internal readonly record struct KeyWindow(MessageKey First, MessageKey Last, TopicFilter? Filter)
{
    public static KeyWindow Of(MessageQuery query)
    {
        var first = new MessageKey(query.FromMicros, 0);
        var last = new MessageKey(query.ToMicros - 1, long.MaxValue);
        if (query.FirstKey is { } firstKey && firstKey > first) first = firstKey;
        if (query.LastKey is { } lastKey && lastKey < last) last = lastKey;
        var window = new KeyWindow(first, last, query.TopicFilter is { } filter ? TopicFilter.Parse(filter) : null);
        return query.After is not { } after ? window : query.Backwards ? window.Before(after) : window.Beyond(after);
    }

    public bool IsEmpty => First > Last;

    public bool Has(MessageKey key) => key >= First && key <= Last;

    /// <summary>Whether all keys of a range are asked for, whatever their topics.</summary>
    public bool HasAll(MessageKey first, MessageKey last) => Filter is null && Has(first) && Has(last);

    /// <summary>This window, from beyond a key on.</summary>
    public KeyWindow Beyond(MessageKey key) => key < First ? this : this with
    {
        First = key.Sequence < long.MaxValue ? new MessageKey(key.TimestampMicros, key.Sequence + 1) : new MessageKey(key.TimestampMicros + 1, 0),
    };

    /// <summary>This window, up to but without a key.</summary>
    public KeyWindow Before(MessageKey key) => key > Last ? this : this with { Last = JustBefore(key) };

    /// <summary>The last key of this window that lies before another.</summary>
    public MessageKey LastBefore(MessageKey? boundary) => boundary is { } key && key <= Last ? JustBefore(key) : Last;

    private static MessageKey JustBefore(MessageKey key) =>
        key.Sequence > 0 ? new MessageKey(key.TimestampMicros, key.Sequence - 1) : new MessageKey(key.TimestampMicros - 1, long.MaxValue);
}
