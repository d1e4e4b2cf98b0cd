using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Orleans.Runtime;

namespace Weir.Streams.Provider;

/// <summary>
/// The bytes of one batch of Orleans events in the store: version, stream namespace and key, type of the events,
/// request context, count, events. Each part but version and count has its length before it, in 4 bytes.
/// </summary>
internal readonly ref struct QueueEvent
{
    private const byte Version = 1;

    private QueueEvent(
        StreamId streamId, ReadOnlySpan<byte> typeName, ReadOnlySpan<byte> context, int count, ReadOnlySpan<byte> events)
    {
        StreamId = streamId;
        TypeName = typeName;
        Context = context;
        Count = count;
        Events = events;
    }

    public StreamId StreamId { get; }

    public ReadOnlySpan<byte> TypeName { get; }

    public ReadOnlySpan<byte> Context { get; }

    public int Count { get; }

    /// <summary>The events, each with its length before it.</summary>
    public ReadOnlySpan<byte> Events { get; }

    /// <summary>The name of a type without the versions of its assemblies, so that an upgrade does not change it.</summary>
    public static ReadOnlySpan<byte> NameOf<T>() => Utf8Name<T>.Bytes;

    /// <summary>Writes a batch; false where there are no events.</summary>
    public static bool Write<T>(
        PooledBufferWriter target, StreamId streamId, IEnumerable<T> events, Dictionary<string, object>? context,
        IStreamEventSerializer serializer)
    {
        target.Write([Version]);
        WritePart(target, streamId.Namespace.Span);
        WritePart(target, streamId.Key.Span);
        WritePart(target, NameOf<T>());
        WritePart(target, RequestContextJson.Write(context));
        var countAt = Skip(target);
        var count = 0;
        foreach (var e in events)
        {
            var lengthAt = Skip(target);
            serializer.Serialize(e, target);
            BinaryPrimitives.WriteInt32LittleEndian(target.From(lengthAt), target.Length - lengthAt - sizeof(int));
            count++;
        }
        BinaryPrimitives.WriteInt32LittleEndian(target.From(countAt), count);
        return count > 0;
    }

    /// <summary>Whether a payload belongs to a stream; reads no more than that takes.</summary>
    public static bool IsOf(StreamId streamId, ReadOnlySpan<byte> payload) =>
        payload.Length > 1 && payload[0] == Version
        && TryTake(payload[1..], out var ns, out var rest) && ns.SequenceEqual(streamId.Namespace.Span)
        && TryTake(rest, out var key, out _) && key.SequenceEqual(streamId.Key.Span);

    public static bool TryRead(ReadOnlySpan<byte> payload, out QueueEvent read)
    {
        read = default;
        if (payload.Length < 1 || payload[0] != Version
            || !TryTake(payload[1..], out var ns, out var rest)
            || !TryTake(rest, out var key, out rest) || key.IsEmpty
            || !TryTake(rest, out var typeName, out rest)
            || !TryTake(rest, out var context, out rest)
            || rest.Length < sizeof(int))
            return false;
        read = new QueueEvent(
            StreamId.Create(ns, key), typeName, context, BinaryPrimitives.ReadInt32LittleEndian(rest), rest[sizeof(int)..]);
        return true;
    }

    /// <summary>Takes the part that stands first.</summary>
    public static bool TryTake(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> part, out ReadOnlySpan<byte> rest)
    {
        part = rest = default;
        if (source.Length < sizeof(int)) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(source);
        if (length < 0 || length > source.Length - sizeof(int)) return false;
        part = source.Slice(sizeof(int), length);
        rest = source[(sizeof(int) + length)..];
        return true;
    }

    private static void WritePart(PooledBufferWriter target, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target.GetSpan(sizeof(int)), part.Length);
        target.Advance(sizeof(int));
        target.Write(part);
    }

    private static int Skip(PooledBufferWriter target)
    {
        var at = target.Length;
        target.GetSpan(sizeof(int))[..sizeof(int)].Clear();
        target.Advance(sizeof(int));
        return at;
    }

    private static class Utf8Name<T>
    {
        public static readonly byte[] Bytes = Encoding.UTF8.GetBytes(typeof(T).ToString());
    }
}
