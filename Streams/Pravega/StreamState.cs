using System.Globalization;
using System.Text;
using Weir.Pravega;
// Orleans has one of that name.
using TableVersion = Weir.Pravega.TableVersion;

namespace Weir.Streams.Pravega;

/// <summary>
/// What Weir keeps beside a stream, in a table segment of its own: the stream's options as far as Pravega has none for them,
/// the checkpoints of its readers, and that it is being deleted.
/// </summary>
/// <remarks>
/// A checkpoint is written under the version of the one before, so of two owners that write at once one is told, and looks
/// whose version is the higher.
/// </remarks>
internal sealed class StreamState(TableSegment table, StreamName name)
{
    private const string ReaderPrefix = "reader/";
    private static readonly byte[] OptionsKey = Encoding.ASCII.GetBytes("options");
    private static readonly byte[] DeletedKey = Encoding.ASCII.GetBytes("deleted");

    private readonly Lock gate = new();
    private readonly Dictionary<string, (ReaderCheckpoint Checkpoint, TableVersion Version)> known = [];
    private (long SegmentBytes, bool TruncateConsumed)? options;

    /// <summary>The name of the table of a stream.</summary>
    public static string TableName(string stream) => stream + ".weir";

    /// <summary>Makes the table, or takes over the new options.</summary>
    public async Task CreateAsync(StreamOptions wanted, CancellationToken cancellationToken)
    {
        await table.CreateAsync(cancellationToken).ConfigureAwait(false);
        var text = string.Create(CultureInfo.InvariantCulture, $"{wanted.SegmentBytes} {wanted.TruncateConsumed}");
        await table.PutAsync(OptionsKey, Encoding.ASCII.GetBytes(text), TableVersion.Any, cancellationToken).ConfigureAwait(false);
        lock (gate) options = (wanted.SegmentBytes, wanted.TruncateConsumed);
    }

    public async ValueTask<(long SegmentBytes, bool TruncateConsumed)> OptionsAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (options is { } kept) return kept;
        }
        var otherwise = new StreamOptions();
        var read = (otherwise.SegmentBytes, otherwise.TruncateConsumed);
        if (await GetAsync(OptionsKey, cancellationToken).ConfigureAwait(false) is { } entry
            && Encoding.ASCII.GetString(entry.Value.Span).Split(' ') is [var bytes, var consumed]
            && long.TryParse(bytes, CultureInfo.InvariantCulture, out var segmentBytes)
            && bool.TryParse(consumed, out var truncates))
            read = (segmentBytes, truncates);
        lock (gate) options = read;
        return read;
    }

    /// <summary>Says that the stream is on its way out: whoever comes to its end has not come to the end of a sealed stream.</summary>
    public async Task MarkDeletedAsync(CancellationToken cancellationToken)
    {
        await table.CreateAsync(cancellationToken).ConfigureAwait(false);
        await table.PutAsync(DeletedKey, new byte[] { 1 }, TableVersion.Any, cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> IsDeletedAsync(CancellationToken cancellationToken) =>
        await GetAsync(DeletedKey, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>The stream is gone and may be made anew.</summary>
    public async Task ForgetDeletedAsync(CancellationToken cancellationToken)
    {
        if (await GetAsync(DeletedKey, cancellationToken).ConfigureAwait(false) is not { } mark) return;
        try
        {
            await table.RemoveAsync(DeletedKey, mark.Version, cancellationToken).ConfigureAwait(false);
        }
        catch (PravegaConflictException)
        {
            // Another process has done it.
        }
    }

    /// <summary>
    /// Empties the table, but for the mark of the deletion. The table itself stays: the segment store does not let one of the
    /// same name be made for long after.
    /// </summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in table.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!entry.Key.Span.SequenceEqual(DeletedKey)) await table.RemoveAsync(entry.Key, TableVersion.Any, cancellationToken).ConfigureAwait(false);
        }
        lock (gate)
        {
            known.Clear();
            options = null;
        }
    }

    public async Task<ReaderCheckpoint?> ReadAsync(string reader, CancellationToken cancellationToken)
    {
        var entry = await GetAsync(KeyOf(reader), cancellationToken).ConfigureAwait(false);
        if (entry is not { } found || Parse(reader, found.Value.Span) is not { } checkpoint) return null;
        Know(checkpoint, found.Version);
        return checkpoint;
    }

    public async Task<List<ReaderCheckpoint>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<ReaderCheckpoint>();
        try
        {
            await foreach (var entry in table.ListAsync(cancellationToken).ConfigureAwait(false))
            {
                var key = Encoding.ASCII.GetString(entry.Key.Span);
                if (!key.StartsWith(ReaderPrefix, StringComparison.Ordinal)) continue;
                if (Parse(key[ReaderPrefix.Length..], entry.Value.Span) is { } checkpoint) all.Add(checkpoint);
            }
        }
        catch (PravegaNotFoundException)
        {
            return [];
        }
        all.Sort((a, b) => string.CompareOrdinal(a.Reader, b.Reader));
        return all;
    }

    /// <exception cref="StreamFencedException">A later owner has written.</exception>
    public async Task WriteAsync(ReaderCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Position} {checkpoint.Owner} {checkpoint.Counts}");
        var value = Encoding.ASCII.GetBytes(text);
        while (true)
        {
            var (former, version) = await FormerAsync(checkpoint.Reader, cancellationToken).ConfigureAwait(false);
            if (former is not null && former.Owner > checkpoint.Owner)
                throw new StreamFencedException(name, checkpoint.Reader, checkpoint.Owner, former.Owner);
            try
            {
                Know(checkpoint, await table.PutAsync(KeyOf(checkpoint.Reader), value, version, cancellationToken).ConfigureAwait(false));
                return;
            }
            catch (PravegaConflictException)
            {
                // Somebody has written since; what is there now says whether that is a later owner.
                lock (gate) known.Remove(checkpoint.Reader);
            }
        }
    }

    private static byte[] KeyOf(string reader) => Encoding.ASCII.GetBytes(ReaderPrefix + reader);

    private static ReaderCheckpoint? Parse(string reader, ReadOnlySpan<byte> value) =>
        Encoding.ASCII.GetString(value).Split(' ') is [var position, var owner, var counts]
        && StreamPosition.TryParse(position, out var at)
        && long.TryParse(owner, CultureInfo.InvariantCulture, out var version)
        && bool.TryParse(counts, out var isCounted)
            ? new ReaderCheckpoint(reader, at, version, isCounted)
            : null;

    private async Task<(ReaderCheckpoint?, TableVersion)> FormerAsync(string reader, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (known.TryGetValue(reader, out var kept)) return kept;
        }
        var entry = await table.GetAsync(KeyOf(reader), cancellationToken).ConfigureAwait(false);
        return entry is { } found ? (Parse(reader, found.Value.Span), found.Version) : (null, TableVersion.NotThere);
    }

    private void Know(ReaderCheckpoint checkpoint, TableVersion version)
    {
        lock (gate) known[checkpoint.Reader] = (checkpoint, version);
    }

    private async Task<TableEntry?> GetAsync(byte[] key, CancellationToken cancellationToken)
    {
        try
        {
            return await table.GetAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (PravegaNotFoundException)
        {
            return null;
        }
    }
}
