using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orleans;

namespace Weir.Streams.Provider;

/// <summary>
/// Turns events into bytes and back. Register another one to replace JSON. It goes with a batch to consumers on other
/// silos, so a class of yours must have <see cref="GenerateSerializerAttribute"/>, and no state that cannot travel.
/// </summary>
public interface IStreamEventSerializer
{
    /// <summary>Writes one event.</summary>
    void Serialize<T>(T value, IBufferWriter<byte> target);

    /// <summary>Reads one event.</summary>
    T Deserialize<T>(ReadOnlySpan<byte> source);
}

/// <summary>Events as JSON of their declared type, public fields included.</summary>
[GenerateSerializer]
[Alias("weir.json-stream-events")]
internal sealed class JsonStreamEventSerializer : IStreamEventSerializer
{
    private static readonly JsonSerializerOptions Options =
        new() { IncludeFields = true, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    public void Serialize<T>(T value, IBufferWriter<byte> target)
    {
        if (writer is null) writer = new Utf8JsonWriter(target);
        else writer.Reset(target);
        JsonSerializer.Serialize(writer, value, TypeInfo<T>.Value);
        writer.Reset(Stream.Null);
    }

    public T Deserialize<T>(ReadOnlySpan<byte> source) => JsonSerializer.Deserialize(source, TypeInfo<T>.Value)!;

    // Looked up once a type and not once an event.
    private static class TypeInfo<T>
    {
        public static readonly JsonTypeInfo<T> Value = (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
    }
}
