using Weir.Archive.Duck;

namespace Weir.Archive;

/// <summary>The columns of an archive's files, in order.</summary>
internal static class ArchiveColumns
{
    public const int Timestamp = 0;
    public const int Sequence = 1;
    public const int Topic = 2;
    public const int Payload = 3;
    public const int Qos = 4;
    public const int Retain = 5;

    /// <summary>Null where it equals the timestamp, as it nearly always does.</summary>
    public const int Received = 6;

    /// <summary>Null where there are none.</summary>
    public const int Properties = 7;

    /// <summary>The first of a schema's columns, in a file that has them.</summary>
    public const int Typed = 8;

    public const string List = "ts, seq, topic, payload, qos, retain, received, properties";

    public static readonly IReadOnlyList<DuckColumnDefinition> All =
    [
        ("ts", DuckType.BigInt), ("seq", DuckType.BigInt), ("topic", DuckType.Varchar), ("payload", DuckType.Blob),
        ("qos", DuckType.SmallInt), ("retain", DuckType.Boolean), ("received", DuckType.BigInt), ("properties", DuckType.Blob),
    ];
}
