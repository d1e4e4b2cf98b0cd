using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// The form of the small files beside the segments: JSON, and a last line <c>#crc32c=</c> with the checksum of all before
/// it, so that a flipped digit is not taken for another number. A file without that line is taken as it is.
/// </summary>
internal static class CheckedJson
{
    private const string Mark = "#crc32c=";

    public static byte[] Write<T>(T value, JsonTypeInfo<T> type)
    {
        byte[] json = [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];
        return [.. json, .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Mark}{Crc32C.Compute(json):x8}\n"))];
    }

    /// <exception cref="JsonException">It is not what was written; the message says how.</exception>
    public static T Read<T>(ReadOnlySpan<byte> content, JsonTypeInfo<T> type)
    {
        var at = content.LastIndexOf("\n#"u8) + 1;
        var json = at > 0 ? content[..at] : content;
        if (at > 0)
        {
            var said = Encoding.ASCII.GetString(content[at..]);
            var expected = string.Create(CultureInfo.InvariantCulture, $"{Mark}{Crc32C.Compute(json):x8}\n");
            if (said != expected) throw new JsonException($"Its checksum is not '{expected.Trim()}'.");
        }
        return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("It is empty.");
    }
}
