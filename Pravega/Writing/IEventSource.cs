namespace Weir.Pravega;

/// <summary>Events that write themselves to where they are sent from, so that nothing is put together before.</summary>
public interface IEventSource
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>The bytes of one.</summary>
    int SizeOf(int index);

    /// <summary>Writes one; the target has exactly its size.</summary>
    void CopyTo(int index, Span<byte> target);
}

internal readonly struct PayloadList(IReadOnlyList<ReadOnlyMemory<byte>> payloads) : IEventSource
{
    public int Count => payloads.Count;

    public int SizeOf(int index) => payloads[index].Length;

    public void CopyTo(int index, Span<byte> target) => payloads[index].Span.CopyTo(target);
}
