using System.Runtime.CompilerServices;
using Weir.Pravega.Controller;
using Weir.Pravega.Controller.Messages;

namespace Weir.Pravega;

/// <summary>How a key-value table is kept.</summary>
/// <param name="Partitions">How many segments hold it; at least 1.</param>
/// <param name="PrimaryKeyBytes">The length of every primary key; 1 to 8,192 together with the secondary. Keys of one primary key lie in one partition.</param>
/// <param name="SecondaryKeyBytes">The length of every secondary key; 0 for none.</param>
public sealed record KeyValueTableConfiguration(int Partitions, int PrimaryKeyBytes, int SecondaryKeyBytes = 0)
{
    /// <summary>The length of every key.</summary>
    public int KeyBytes => PrimaryKeyBytes + SecondaryKeyBytes;
}

/// <content>Key-value tables.</content>
public sealed partial class PravegaController
{
    /// <summary>Makes a key-value table in a scope that exists. False where it was there.</summary>
    public async Task<bool> CreateTableAsync(
        string scope, string table, KeyValueTableConfiguration configuration, CancellationToken cancellationToken = default)
    {
        var request = new KeyValueTableConfig
        {
            Scope = scope,
            KvtName = table,
            PartitionCount = configuration.Partitions,
            PrimaryKeyLength = configuration.PrimaryKeyBytes,
            SecondaryKeyLength = configuration.SecondaryKeyBytes,
        };
        var about = AboutTable(scope, table);
        var reply = await calls.CallAsync("createKeyValueTable", request, CreateKeyValueTableStatus.Parser, about, cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            CreateKeyValueTableStatus.Types.Status.Success => true,
            CreateKeyValueTableStatus.Types.Status.TableExists => false,
            CreateKeyValueTableStatus.Types.Status.ScopeNotFound => throw NoScope(scope),
            CreateKeyValueTableStatus.Types.Status.InvalidTableName => throw Refused(about, "its name is not allowed: letters, digits, '.' and '-'"),
            _ => throw Refused(about, "the controller could not make it"),
        };
    }

    /// <summary>Removes a key-value table. False where there was none.</summary>
    public async Task<bool> DeleteTableAsync(string scope, string table, CancellationToken cancellationToken = default)
    {
        var request = new KeyValueTableInfo { Scope = scope, KvtName = table };
        var reply = await calls.CallAsync("deleteKeyValueTable", request, DeleteKVTableStatus.Parser, AboutTable(scope, table), cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            DeleteKVTableStatus.Types.Status.Success => true,
            DeleteKVTableStatus.Types.Status.TableNotFound => false,
            _ => throw Refused(AboutTable(scope, table), "the controller could not delete it"),
        };
    }

    /// <summary>The names of a scope's key-value tables.</summary>
    public async IAsyncEnumerable<string> ListTablesAsync(string scope, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var at = new ContinuationToken();
        while (true)
        {
            var page = await calls.CallAsync(
                "listKeyValueTablesInScope", new KVTablesInScopeRequest { Scope = new ScopeInfo { Scope = scope }, ContinuationToken = at },
                KVTablesInScopeResponse.Parser, new(scope), cancellationToken).ConfigureAwait(false);
            if (page.Status == KVTablesInScopeResponse.Types.Status.ScopeNotFound) throw NoScope(scope);
            if (page.Kvtables.Count == 0) yield break;
            foreach (var table in page.Kvtables) yield return table.KvtName;
            at = page.ContinuationToken;
        }
    }

    /// <summary>How a key-value table is kept.</summary>
    /// <exception cref="PravegaNotFoundException">There is none of that name.</exception>
    public async Task<KeyValueTableConfiguration> GetTableConfigurationAsync(string scope, string table, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync(
            "getKeyValueTableConfiguration", new KeyValueTableInfo { Scope = scope, KvtName = table }, KeyValueTableConfigResponse.Parser,
            AboutTable(scope, table), cancellationToken).ConfigureAwait(false);
        if (reply.Status != KeyValueTableConfigResponse.Types.Status.Success)
            throw new PravegaNotFoundException($"There is no key-value table '{scope}/{table}'.") { Scope = scope, Stream = table };
        return new KeyValueTableConfiguration(reply.Config.PartitionCount, reply.Config.PrimaryKeyLength, reply.Config.SecondaryKeyLength);
    }

    internal async Task<IReadOnlyList<SegmentRange>> GetTableSegmentsAsync(string scope, string table, CancellationToken cancellationToken) =>
        (await calls.CallAsync(
            "getCurrentSegmentsKeyValueTable", new KeyValueTableInfo { Scope = scope, KvtName = table }, SegmentRanges.Parser,
            AboutTable(scope, table), cancellationToken).ConfigureAwait(false)).ToRanges(KeyValueTable.StreamOf(scope, table));

    private static Subject AboutTable(string scope, string table) => new(scope, table, "key-value table");
}
