namespace Weir.Streams.SegmentLog;

/// <summary>What the segment log asks of a stream's options.</summary>
internal static class StreamOptionsRules
{
    private const long MinSegmentBytes = 64L << 10;
    private const long MaxSegmentBytes = 2L << 30;

    /// <exception cref="ArgumentException">An option is out of its range; the message says which and what is allowed.</exception>
    public static void Check(StreamName name, StreamOptions options)
    {
        if (!Enum.IsDefined(options.Durability))
            throw Wrong(name, nameof(options.Durability), "must be Memory, Written or Synced", options.Durability);
        if (options.SegmentBytes is < MinSegmentBytes or > MaxSegmentBytes)
        {
            throw Wrong(name, nameof(options.SegmentBytes),
                $"must be between {MinSegmentBytes:N0} and {MaxSegmentBytes:N0}", options.SegmentBytes);
        }
        if (options.MaxBytes < 2 * options.SegmentBytes)
        {
            throw Wrong(name, nameof(options.MaxBytes),
                $"must be at least two segments ({2 * options.SegmentBytes:N0})", options.MaxBytes);
        }
        if (options.MaxAge <= TimeSpan.Zero)
            throw Wrong(name, nameof(options.MaxAge), "must be longer than nothing, or null for any age", options.MaxAge.Value);
    }

    private static ArgumentException Wrong(StreamName name, string option, string rule, object value) =>
        new($"stream '{name}': {option} {rule}, but is {value:N0}");
}
