using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Weir.Archive;

/// <summary>
/// One Parquet file of an archive. Its name says all that a query or a restart must know of it:
/// <c>exchange_firstKey_lastKey_rows_bytes_checksum.parquet</c>, with <c>_keyName</c> before the end where it is
/// encrypted. It lies in the folder of its day.
/// </summary>
/// <param name="Exchange">The exchange that it belongs to.</param>
/// <param name="First">The key of its first message.</param>
/// <param name="Last">The key of its last message.</param>
/// <param name="Rows">How many messages it holds.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">CRC-32C of its bytes.</param>
/// <param name="EncryptionKey">The name of the key it is encrypted with; null where it is plain.</param>
internal sealed record ArchiveFile(
    string Exchange, MessageKey First, MessageKey Last, long Rows, long Bytes, uint Checksum, string? EncryptionKey = null)
{
    public const string Extension = ".parquet";

    /// <summary>What is being written and has no name yet.</summary>
    public const string TemporaryExtension = ".parquet.tmp";

    /// <summary>What was found damaged and put aside.</summary>
    public const string CorruptExtension = ".parquet.corrupt";

    /// <summary>Folders of days begin so, as Hive partitions do: analysts' tools see a column <c>day</c>.</summary>
    public const string DayPrefix = "day=";

    public string Name { get; } = string.Create(CultureInfo.InvariantCulture,
        $"{Exchange}_{First}_{Last}_{Rows}_{Bytes}_{Checksum:x8}{(EncryptionKey is null ? "" : "_")}{EncryptionKey}{Extension}");

    /// <summary>What an encrypted file says of itself, so that no other can be put in its place under its name.</summary>
    public string Identity => IdentityOf(Exchange, First, Last, Rows);

    /// <summary>The folder within the exchange's that it belongs to: the UTC day of all its messages.</summary>
    public string Day => DayFolder(First.TimestampMicros);

    public static string IdentityOf(string exchange, MessageKey first, MessageKey last, long rows) =>
        string.Create(CultureInfo.InvariantCulture, $"{exchange}_{first}_{last}_{rows}");

    public static string DayFolder(long micros) =>
        string.Create(CultureInfo.InvariantCulture, $"{DayPrefix}{DateTimeOffset.UnixEpoch.AddMicroseconds(micros):yyyy-MM-dd}");

    public static bool TryParse(string name, [NotNullWhen(true)] out ArchiveFile? file)
    {
        file = null;
        if (!name.EndsWith(Extension, StringComparison.Ordinal)) return false;
        var parts = name[..^Extension.Length].Split('_');
        if (parts is not ([_, _, _, _, _, _] or [_, _, _, _, _, _, _])
            || !MessageKey.TryParse(parts[1], out var first)
            || !MessageKey.TryParse(parts[2], out var last)
            || !long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
            || !long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            || !uint.TryParse(parts[5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var checksum))
            return false;
        file = new ArchiveFile(parts[0], first, last, rows, bytes, checksum, parts.Length > 6 ? parts[6] : null);
        return file.Name == name;
    }
}
