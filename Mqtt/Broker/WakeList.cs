namespace Weir.Mqtt;

/// <summary>
/// The connections that have something to write because of what one thread is dealing with. Where that is little, the
/// thread writes it itself: handing a single message to another thread takes longer than sending it. Where it is much, or
/// for many, they are woken at once and go on by themselves, beside this thread.
/// </summary>
internal static class WakeList
{
    private const int MostMessages = 4;
    private const int MostBytes = 16 * 1024;
    private const int MostWriters = 2;

    [ThreadStatic]
    private static List<ConnectionWriter>? gathered;

    [ThreadStatic]
    private static bool isGathering;

    /// <summary>Whether so much is little.</summary>
    public static bool IsLittle(int messages, long bytes) => messages <= MostMessages && bytes <= MostBytes;

    /// <summary>From here on this thread gathers whom it wakes; <see cref="End"/> must follow in the same thread.</summary>
    public static void Begin() => isGathering = true;

    /// <summary>Notes a connection; false where nothing is gathered, so that it must be woken now.</summary>
    public static bool TryAdd(ConnectionWriter writer)
    {
        if (!isGathering) return false;
        var writers = gathered ??= [];
        if (writers.Count == 0 || writers[^1] != writer) writers.Add(writer);
        return true;
    }

    /// <summary>Lets those write that were gathered.</summary>
    public static void End()
    {
        isGathering = false;
        if (gathered is not { Count: > 0 } writers) return;
        // What they do must not find the list in use.
        gathered = null;
        var here = writers.Count <= MostWriters;
        foreach (var writer in writers) writer.Wake(here);
        writers.Clear();
        gathered = writers;
    }
}
