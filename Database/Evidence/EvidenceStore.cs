using System.Security.Cryptography;
using Dapper;
using Weir.Database.Rows;

namespace Weir.Database.Evidence;

/// <summary>What is known of a piece of evidence without its bytes.</summary>
/// <param name="Sha256">Its name: the SHA-256 of its bytes in hexadecimal, lower case.</param>
/// <param name="MediaType">What it is, such as <c>image/jpeg</c>.</param>
/// <param name="ByteSize">How many bytes it has.</param>
/// <param name="StoredAt">When it was last stored, in microseconds since 1970-01-01 UTC.</param>
public sealed record EvidenceRow(string Sha256, string MediaType, long ByteSize, long StoredAt);

/// <summary>
/// Keeps evidence under the SHA-256 of its bytes: what is stored again is there once. Store it before the row that names
/// it. All members may be called from any thread.
/// </summary>
public sealed class EvidenceStore(SiteDatabase database, TimeProvider time)
{
    /// <summary>Most bytes of a piece: with escapes it must fit into a packet of 16 MiB, which is MariaDB's default.</summary>
    public const int MaxBytes = 7 << 20;

    private static readonly RowTable<EvidenceRow> Rows = new(
        "evidence", [RowColumn.Text("sha256", 64)], [RowColumn.Text("media_type", 64), "byte_size", "stored_at"],
        (row, values) =>
        {
            values.Add(row.Sha256);
            values.Add(row.MediaType);
            values.Add(row.ByteSize);
            values.Add(row.StoredAt);
        });

    private static readonly RowTable<(string Sha256, ReadOnlyMemory<byte> Bytes)> Contents = new(
        "evidence_content", [RowColumn.Text("sha256", 64)], ["content"],
        (row, values) =>
        {
            values.Add(row.Sha256);
            values.Add(row.Bytes);
        });

    /// <summary>Stores a piece, unless it is there.</summary>
    /// <param name="content">Its bytes, at most <see cref="MaxBytes"/>.</param>
    /// <param name="mediaType">What it is, such as <c>image/jpeg</c>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Its name: the SHA-256 of its bytes in hexadecimal, lower case.</returns>
    /// <exception cref="ArgumentException">It is empty or too large, or the media type is too long.</exception>
    public async Task<string> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancellationToken = default) =>
        (await PutAsync([content], mediaType, cancellationToken))[0];

    /// <summary>Stores several pieces of one kind in one transaction.</summary>
    /// <returns>Their names, in the order of the pieces.</returns>
    /// <exception cref="ArgumentException">One is empty or too large, or the media type is too long.</exception>
    public async Task<IReadOnlyList<string>> PutAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> contents, string mediaType, CancellationToken cancellationToken = default)
    {
        foreach (var content in contents)
        {
            if (content.Length is 0 or > MaxBytes)
                throw new ArgumentException($"A piece of evidence must have 1 to {MaxBytes:#,0} bytes, but has {content.Length:#,0}.", nameof(contents));
        }
        var now = UnixMicroseconds.From(time.GetUtcNow());
        var pieces = contents.Select(content => (Row: new EvidenceRow(Name(content.Span), mediaType, content.Length, now), Content: content)).ToList();
        foreach (var piece in pieces) Rows.Check(piece.Row);
        // In order of their names, so that two that store the same do not wait for each other in a ring.
        var distinct = pieces.DistinctBy(piece => piece.Row.Sha256).OrderBy(piece => piece.Row.Sha256, StringComparer.Ordinal).ToList();
        await database.WriteAsync(async (connection, transaction) =>
        {
            var known = (await connection.QueryAsync<string>(
                "SELECT sha256 FROM evidence WHERE sha256 IN @names", new { names = distinct.Select(piece => piece.Row.Sha256) }, transaction))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var packet in Packets(distinct.Where(piece => !known.Contains(piece.Row.Sha256)).Select(piece => (piece.Row.Sha256, piece.Content))))
                database.Insert(connection, transaction, Contents, packet);
            // A piece that is used again is as good as new, so that it does not go before what names it.
            database.Insert(connection, transaction, Rows, [.. distinct.Select(piece => piece.Row)], ExistingRow.IsReplaced);
            return true;
        }, cancellationToken);
        return [.. pieces.Select(piece => piece.Row.Sha256)];
    }

    /// <summary>What is known of a piece; null where there is none of that name.</summary>
    public Task<EvidenceRow?> FindAsync(string sha256, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<EvidenceRow>(new CommandDefinition(
            "SELECT sha256 AS Sha256, media_type AS MediaType, byte_size AS ByteSize, stored_at AS StoredAt FROM evidence WHERE sha256 = @sha256",
            new { sha256 }, cancellationToken: cancellationToken)), cancellationToken);

    /// <summary>A piece's bytes; null where there is none of that name.</summary>
    public Task<byte[]?> ReadAsync(string sha256, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<byte[]>(new CommandDefinition(
            "SELECT content FROM evidence_content WHERE sha256 = @sha256", new { sha256 }, cancellationToken: cancellationToken)),
            cancellationToken);

    // As many pieces as go into one statement; one that is larger has its own.
    private static IEnumerable<IReadOnlyList<(string Sha256, ReadOnlyMemory<byte> Bytes)>> Packets(
        IEnumerable<(string Sha256, ReadOnlyMemory<byte> Bytes)> pieces)
    {
        var packet = new List<(string Sha256, ReadOnlyMemory<byte> Bytes)>();
        var bytes = 0L;
        foreach (var piece in pieces)
        {
            if (packet.Count > 0 && bytes + piece.Bytes.Length > MaxBytes)
            {
                yield return packet;
                packet = [];
                bytes = 0;
            }
            packet.Add(piece);
            bytes += piece.Bytes.Length;
        }
        if (packet.Count > 0) yield return packet;
    }

    private static string Name(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
