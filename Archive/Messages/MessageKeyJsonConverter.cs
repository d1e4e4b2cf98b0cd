using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weir.Archive;

/// <summary>Writes a message key as its text: as two numbers it would lose digits in JavaScript.</summary>
public sealed class MessageKeyJsonConverter : JsonConverter<MessageKey>
{
    /// <inheritdoc/>
    public override MessageKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MessageKey.TryParse(reader.GetString(), out var key)
            ? key
            : throw new JsonException("A message key is written as microseconds, a dash and a sequence number, such as \"1732310000000000-17\".");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, MessageKey value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
