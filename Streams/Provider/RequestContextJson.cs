using System.Text.Json;

namespace Weir.Streams.Provider;

/// <summary>The request context of a batch as JSON: each value with the name of its type.</summary>
internal static class RequestContextJson
{
    // Fixed names, since what is stored must be readable after the next version.
    private static readonly (string Name, Type Type)[] Types =
    [
        ("string", typeof(string)), ("bool", typeof(bool)), ("int", typeof(int)), ("long", typeof(long)),
        ("double", typeof(double)), ("decimal", typeof(decimal)), ("guid", typeof(Guid)),
        ("time", typeof(DateTimeOffset)), ("span", typeof(TimeSpan)), ("bytes", typeof(byte[])),
    ];

    /// <summary>Writes it; no bytes where there is nothing in it.</summary>
    /// <exception cref="NotSupportedException">A value has a type that is not kept; the message says which.</exception>
    public static byte[] Write(Dictionary<string, object>? context)
    {
        if (context is null or { Count: 0 }) return [];
        var entries = new Dictionary<string, JsonElement[]>(context.Count);
        foreach (var (key, value) in context)
        {
            var type = Types.FirstOrDefault(t => t.Type == value?.GetType());
            if (type.Name is null)
            {
                throw new NotSupportedException(
                    $"The request context has a value '{key}' of type {value?.GetType().ToString() ?? "null"}, but with an event "
                    + $"go only {string.Join(", ", Types.Select(t => t.Type.Name))}. Remove it before the event is published.");
            }
            entries[key] = [JsonSerializer.SerializeToElement(type.Name), JsonSerializer.SerializeToElement(value, type.Type)];
        }
        return JsonSerializer.SerializeToUtf8Bytes(entries);
    }

    public static IEnumerable<KeyValuePair<string, object>> Read(byte[] json)
    {
        var entries = JsonSerializer.Deserialize<Dictionary<string, JsonElement[]>>(json) ?? [];
        foreach (var (key, value) in entries)
        {
            var name = value[0].GetString();
            if (Types.FirstOrDefault(t => t.Name == name).Type is { } type)
                yield return new KeyValuePair<string, object>(key, value[1].Deserialize(type)!);
        }
    }
}
