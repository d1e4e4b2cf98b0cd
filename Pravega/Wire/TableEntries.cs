namespace Weir.Pravega.Wire;

/// <summary>A key of a table with the version that it has, or is expected to have.</summary>
internal readonly record struct WireKey(ReadOnlyMemory<byte> Key, long Version)
{
    /// <summary>Any version will do, or none.</summary>
    public const long AnyVersion = long.MinValue;

    /// <summary>The key must not be there; of an answer, it is not.</summary>
    public const long NotThere = -1;

    // An empty key has no version on the wire.
    private const int LeastBytes = 8;

    public void Write(WireWriter writer)
    {
        writer.Int32(sizeof(int) + Key.Length + sizeof(long));
        writer.Buffer(Key.Span);
        if (Key.Length > 0) writer.Int64(Version);
    }

    public static WireKey Read(ref WireReader reader)
    {
        reader.Int32();
        var key = reader.Buffer();
        return new WireKey(key, key.Length > 0 ? reader.Int64() : AnyVersion);
    }

    public static void WriteAll(WireWriter writer, IReadOnlyList<WireKey> keys)
    {
        writer.Int32(keys.Count);
        foreach (var key in keys) key.Write(writer);
    }

    public static WireKey[] ReadAll(ref WireReader reader)
    {
        var keys = new WireKey[reader.Count(LeastBytes)];
        for (var i = 0; i < keys.Length; i++) keys[i] = Read(ref reader);
        return keys;
    }
}

/// <summary>A key with its value.</summary>
internal readonly record struct WireEntry(WireKey Key, ReadOnlyMemory<byte> Value)
{
    private const int LeastBytes = 16;

    public static void WriteAll(WireWriter writer, IReadOnlyList<WireEntry> entries)
    {
        writer.Int32(entries.Count);
        foreach (var entry in entries)
        {
            entry.Key.Write(writer);
            writer.Int32(sizeof(int) + entry.Value.Length);
            writer.Buffer(entry.Value.Span);
        }
    }

    public static WireEntry[] ReadAll(ref WireReader reader)
    {
        var entries = new WireEntry[reader.Count(LeastBytes)];
        for (var i = 0; i < entries.Length; i++)
        {
            var key = WireKey.Read(ref reader);
            reader.Int32();
            entries[i] = new WireEntry(key, reader.Buffer());
        }
        return entries;
    }
}
