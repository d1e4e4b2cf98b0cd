using Weir.Pravega.Connections;
using Weir.Pravega.Wire;

namespace Weir.Pravega;

/// <summary>The version of a table's entry. Comparable for equality only.</summary>
/// <param name="Value">As the segment store gave it.</param>
public readonly record struct TableVersion(long Value)
{
    /// <summary>Whatever version is there, or none.</summary>
    public static readonly TableVersion Any = new(WireKey.AnyVersion);

    /// <summary>The key must not be there.</summary>
    public static readonly TableVersion NotThere = new(WireKey.NotThere);
}

/// <summary>A key with its value and version.</summary>
public readonly record struct TableEntry(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, TableVersion Version);

/// <summary>
/// A table segment: keys with values, each under a version, updated all or none. It is one segment with no controller behind
/// it, for the state of a program. Safe for many callers at once.
/// </summary>
public sealed class TableSegment
{
    /// <summary>The most bytes of a key.</summary>
    public const int MostKeyBytes = 8192;

    /// <summary>The most bytes of a value.</summary>
    public const int MostValueBytes = (1 << 20) - 8192;

    /// <summary>The most keys of one update.</summary>
    public const int MostKeys = 256;

    private const int MostUpdateBytes = (16 << 20) - 8192;
    private const int Page = 100;

    private readonly SegmentCalls calls;
    private readonly StreamSegment segment;
    private readonly int keyLength;

    /// <param name="services">What it works with.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="keyLength">The length of every key, by which the table is sorted; 0 where it is not.</param>
    internal TableSegment(SegmentServices services, StreamSegment segment, int keyLength = 0)
    {
        calls = new SegmentCalls(services);
        this.segment = segment;
        this.keyLength = keyLength;
    }

    /// <summary>The segment's full name.</summary>
    public string Name => segment.Name;

    /// <summary>Makes it. False where it was there.</summary>
    public async Task<bool> CreateAsync(CancellationToken cancellationToken = default)
    {
        var (reply, mayBe) = await calls.AskAsync(
            segment, true, (id, token) => new CreateTableSegment(id, Name, token, false, keyLength, 0), cancellationToken).ConfigureAwait(false);
        return reply switch
        {
            SegmentCreated => true,
            SegmentAlreadyExists => mayBe,
            _ => throw SegmentCalls.Failure(reply, segment, Name),
        };
    }

    /// <summary>Removes it. False where there was none. The store does not let one of the same name be made for some time after.</summary>
    public async Task<bool> DeleteAsync(CancellationToken cancellationToken = default)
    {
        var (reply, mayBe) = await calls.AskAsync(
            segment, true, (id, token) => new DeleteTableSegment(id, Name, false, token), cancellationToken).ConfigureAwait(false);
        return reply switch
        {
            SegmentDeleted => true,
            NoSuchSegment => mayBe,
            _ => throw SegmentCalls.Failure(reply, segment, Name),
        };
    }

    /// <summary>The entry of a key; null where there is none.</summary>
    public async Task<TableEntry?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        (await GetAsync([key], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>The entries of keys, in their order; null where there is none.</summary>
    public async Task<IReadOnlyList<TableEntry?>> GetAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default)
    {
        WireKey[] asked = [.. keys.Select(key => new WireKey(key, WireKey.AnyVersion))];
        Check(asked.Length, asked.Sum(key => (long)key.Key.Length));
        var (reply, _) = await calls.AskAsync(
            segment, false, (id, token) => new ReadTable(id, Name, token, asked), cancellationToken).ConfigureAwait(false);
        if (reply is not TableRead read) throw SegmentCalls.Failure(reply, segment, Name);
        if (read.Entries.Count != asked.Length) throw new PravegaProtocolException($"The table '{Name}' was asked for {asked.Length} keys and gives {read.Entries.Count}.");
        return [.. read.Entries.Select((entry, i) =>
            entry.Key.Version == WireKey.NotThere ? (TableEntry?)null : new TableEntry(keys[i], entry.Value, new TableVersion(entry.Key.Version)))];
    }

    /// <summary>Puts a value under a key, where the key has the version that is expected.</summary>
    /// <returns>The new version.</returns>
    /// <exception cref="PravegaConflictException">It has another.</exception>
    public async Task<TableVersion> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, TableVersion expected, CancellationToken cancellationToken = default) =>
        (await PutAsync([new TableEntry(key, value, expected)], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Puts entries, all or none, where each key has the version that its entry names.</summary>
    /// <returns>The new versions, in the order of the entries.</returns>
    /// <exception cref="PravegaConflictException">One of them has another; nothing has changed.</exception>
    public async Task<IReadOnlyList<TableVersion>> PutAsync(IReadOnlyList<TableEntry> entries, CancellationToken cancellationToken = default)
    {
        WireEntry[] put = [.. entries.Select(e => new WireEntry(new WireKey(e.Key, e.Version.Value), e.Value))];
        Check(put.Length, put.Sum(e => (long)e.Key.Key.Length + e.Value.Length));
        foreach (var entry in put)
        {
            if (entry.Key.Key.Length > MostKeyBytes || entry.Value.Length > MostValueBytes)
            {
                throw new ArgumentException(
                    $"Table '{Name}': a key may have {MostKeyBytes:N0} bytes and a value {MostValueBytes:N0}, but these have {entry.Key.Key.Length:N0} and {entry.Value.Length:N0}.", nameof(entries));
            }
        }
        var (reply, mayHaveHappened) = await calls.AskAsync(
            segment, true, (id, token) => new UpdateTableEntries(id, Name, token, put, -1), cancellationToken).ConfigureAwait(false);
        if (reply is TableEntriesUpdated updated) return [.. updated.Versions.Select(version => new TableVersion(version))];
        // The answer to an attempt was lost with its connection: if what is there is what was put, that attempt was ours.
        if (mayHaveHappened && reply is TableKeyBadVersion or TableKeyDoesNotExist)
        {
            var there = await GetAsync([.. entries.Select(e => e.Key)], cancellationToken).ConfigureAwait(false);
            if (there.Zip(entries).All(pair => pair.First is { } now && now.Value.Span.SequenceEqual(pair.Second.Value.Span)))
                return [.. there.Select(entry => entry!.Value.Version)];
        }
        throw Conflict(reply);
    }

    /// <summary>Removes a key, where it has the version that is expected. A key that is not there is no conflict where any version is.</summary>
    /// <exception cref="PravegaConflictException">It has another.</exception>
    public async Task RemoveAsync(ReadOnlyMemory<byte> key, TableVersion expected, CancellationToken cancellationToken = default)
    {
        WireKey[] keys = [new WireKey(key, expected.Value)];
        var (reply, mayHaveHappened) = await calls.AskAsync(
            segment, true, (id, token) => new RemoveTableKeys(id, Name, token, keys, -1), cancellationToken).ConfigureAwait(false);
        if (reply is TableKeysRemoved || (reply is TableKeyDoesNotExist && (mayHaveHappened || expected == TableVersion.Any))) return;
        throw Conflict(reply);
    }

    /// <summary>
    /// All entries: by key where keys have one length, else in no order. What changes meanwhile may come or not.
    /// </summary>
    public async IAsyncEnumerable<TableEntry> ListAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // A sorted table goes on behind a key, the other kind at a mark of the server's.
        byte[] from = new byte[keyLength], last = [.. Enumerable.Repeat(byte.MaxValue, keyLength)];
        ReadOnlyMemory<byte> mark = default;
        while (true)
        {
            var at = mark;
            var (reply, _) = await calls.AskAsync(
                segment, false, (id, token) => new ReadTableEntries(id, Name, token, Page, at, default, from, last), cancellationToken).ConfigureAwait(false);
            if (reply is not TableEntriesRead page) throw SegmentCalls.Failure(reply, segment, Name);
            foreach (var entry in page.Entries) yield return new TableEntry(entry.Key.Key, entry.Value, new TableVersion(entry.Key.Version));
            if (keyLength == 0) mark = page.Continuation;
            if (keyLength == 0 ? mark.Length == 0 : page.Entries.Count == 0 || !TryNext(page.Entries[^1].Key.Key.Span, from)) yield break;
        }
    }

    // The key right behind another of the same length; false where there is none.
    private static bool TryNext(ReadOnlySpan<byte> key, byte[] next)
    {
        key.CopyTo(next);
        for (var i = next.Length - 1; i >= 0; i--)
        {
            if (++next[i] != 0) return true;
        }
        return false;
    }

    private PravegaException Conflict(WireCommand reply) => reply switch
    {
        TableKeyBadVersion => new PravegaConflictException($"The table '{Name}' has another version of a key than was expected; read it again.")
        { Scope = segment.Stream.Scope, Stream = segment.Stream.Stream, Segment = Name },
        TableKeyDoesNotExist => new PravegaConflictException($"The table '{Name}' does not have a key that was expected to be there.")
        { Scope = segment.Stream.Scope, Stream = segment.Stream.Stream, Segment = Name },
        _ => SegmentCalls.Failure(reply, segment, Name),
    };

    private void Check(int keys, long bytes)
    {
        if (keys is < 1 or > MostKeys || bytes > MostUpdateBytes)
            throw new ArgumentException($"Table '{Name}': one call may have 1 to {MostKeys} keys and {MostUpdateBytes:N0} bytes, but this has {keys:N0} and {bytes:N0}.");
    }
}
