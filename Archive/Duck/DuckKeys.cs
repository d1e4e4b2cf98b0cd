using System.Security.Cryptography;

namespace Weir.Archive.Duck;

/// <summary>
/// Makes keys known to DuckDB. It knows a key by a name made from the key itself, so another key under a known name
/// is another key to DuckDB, too. May be used from any thread.
/// </summary>
internal sealed class DuckKeys(DuckDatabase database, EncryptionKeys keys)
{
    private const int NameBytes = 8;

    private readonly Lock gate = new();
    private readonly HashSet<string> registered = new(StringComparer.Ordinal);

    /// <exception cref="EncryptionKeyException">The key cannot be had.</exception>
    public byte[] Find(string name) => keys.Find(name);

    /// <summary>Makes a key known.</summary>
    /// <returns>DuckDB's name for it, for <c>encryption_config = {footer_key: '…'}</c>.</returns>
    public string Register(byte[] key)
    {
        var name = "weir" + Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, NameBytes));
        lock (gate)
        {
            if (registered.Contains(name)) return name;
            using var connection = database.Connect();
            connection.Execute($"PRAGMA add_parquet_key('{name}', '{Convert.ToBase64String(key)}')");
            registered.Add(name);
            return name;
        }
    }
}
