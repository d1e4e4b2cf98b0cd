using System.Runtime.CompilerServices;
using Weir.Pravega.Connections;

namespace Weir.Pravega;

/// <summary>
/// A key-value table of the controller: keys of one length, spread over partitions by their primary part, as Pravega's Java
/// client spreads them. Entries that are updated together must have one primary key. Safe for many callers at once.
/// </summary>
public sealed class KeyValueTable
{
    private readonly (double High, TableSegment Table)[] partitions;
    private readonly string name;

    private KeyValueTable(string name, KeyValueTableConfiguration configuration, (double High, TableSegment Table)[] partitions)
    {
        this.name = name;
        this.partitions = partitions;
        Configuration = configuration;
    }

    /// <summary>How it is kept.</summary>
    public KeyValueTableConfiguration Configuration { get; }

    internal static ScopedStream StreamOf(string scope, string table) => new(scope, table + "_kvtable");

    internal static async Task<KeyValueTable> OpenAsync(SegmentServices services, string scope, string table, CancellationToken cancellationToken)
    {
        var configuration = await services.Controller.GetTableConfigurationAsync(scope, table, cancellationToken).ConfigureAwait(false);
        var segments = await services.Controller.GetTableSegmentsAsync(scope, table, cancellationToken).ConfigureAwait(false);
        return new KeyValueTable($"{scope}/{table}", configuration, [.. segments.Select(s => (s.High, new TableSegment(services, s.Segment, configuration.KeyBytes)))]);
    }

    /// <summary>The entry of a key; null where there is none.</summary>
    public Task<TableEntry?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        PartitionOf(key).GetAsync(key, cancellationToken);

    /// <summary>Puts a value under a key, where the key has the version that is expected.</summary>
    /// <exception cref="PravegaConflictException">It has another.</exception>
    public Task<TableVersion> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, TableVersion expected, CancellationToken cancellationToken = default) =>
        PartitionOf(key).PutAsync(key, value, expected, cancellationToken);

    /// <summary>Puts entries of one primary key, all or none.</summary>
    /// <exception cref="PravegaConflictException">One of them has another version; nothing has changed.</exception>
    /// <exception cref="ArgumentException">They do not lie in one partition.</exception>
    public Task<IReadOnlyList<TableVersion>> PutAsync(IReadOnlyList<TableEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(entries.Count);
        var partition = PartitionOf(entries[0].Key);
        if (entries.Any(entry => PartitionOf(entry.Key) != partition))
            throw new ArgumentException($"Table '{name}': entries that are put together must have one primary key.", nameof(entries));
        return partition.PutAsync(entries, cancellationToken);
    }

    /// <summary>Removes a key, where it has the version that is expected.</summary>
    /// <exception cref="PravegaConflictException">It has another.</exception>
    public Task RemoveAsync(ReadOnlyMemory<byte> key, TableVersion expected, CancellationToken cancellationToken = default) =>
        PartitionOf(key).RemoveAsync(key, expected, cancellationToken);

    /// <summary>All entries, partition by partition.</summary>
    public async IAsyncEnumerable<TableEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var (_, table) in partitions)
        {
            await foreach (var entry in table.ListAsync(cancellationToken).ConfigureAwait(false)) yield return entry;
        }
    }

    private TableSegment PartitionOf(ReadOnlyMemory<byte> key)
    {
        if (key.Length != Configuration.KeyBytes)
        {
            throw new ArgumentException(
                $"Table '{name}': a key has {Configuration.PrimaryKeyBytes} bytes for its primary and {Configuration.SecondaryKeyBytes} for its secondary part, but this has {key.Length}.", nameof(key));
        }
        var place = RoutingKey.PlaceOfTableKey(key.Span[..Configuration.PrimaryKeyBytes]);
        return partitions.First(partition => partition.High >= place).Table;
    }
}
