namespace Weir.Mqtt;

/// <summary>The rules for topic names and filters (section 4.7), on bytes where messages pass and on text elsewhere.</summary>
internal static class TopicName
{
    /// <summary>Why the bytes are no topic name; null when they are one.</summary>
    public static string? Fault(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty) return "The topic name is empty.";
        if (!PacketReader.IsText(name)) return "The topic name is not well-formed UTF-8 or holds U+0000.";
        return name.ContainsAny((byte)'+', (byte)'#') ? "The topic name holds a wildcard." : null;
    }

    public static string? Fault(string name)
    {
        if (name.Length == 0) return "The topic name is empty.";
        if (name.Contains('\0', StringComparison.Ordinal)) return "The topic name holds U+0000.";
        return name.AsSpan().ContainsAny('+', '#') ? "The topic name holds a wildcard." : null;
    }

    public static int CountLevels(ReadOnlySpan<byte> name) => name.Count((byte)'/') + 1;
}
