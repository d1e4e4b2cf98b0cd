using System.Security.Cryptography;

namespace Weir.Grains.Transfers.Searching;

/// <summary>A file that is ready to be sent.</summary>
/// <param name="Number">Its number within the search, by which it is known while it travels.</param>
/// <param name="Name">Its name.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">Its SHA-256 in hexadecimal.</param>
/// <param name="Acknowledged">Bytes that the parent has for good.</param>
internal sealed record StagedFile(string Number, string Name, string Path, long Bytes, string Checksum, long Acknowledged = 0)
{
    /// <summary>Writes pieces into a file, each after its room was reserved, and gives what it has become; nothing is left where that fails.</summary>
    public static async Task<StagedFile> WriteAsync(
        string folder, string number, string name, IAsyncEnumerable<byte[]> pieces, Action<long> reserve, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var path = System.IO.Path.Combine(folder, number + ".parquet");
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var bytes = 0L;
            await using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1, useAsync: true))
            {
                await foreach (var piece in pieces.WithCancellation(cancellationToken))
                {
                    reserve(piece.Length);
                    await file.WriteAsync(piece, cancellationToken);
                    sha.AppendData(piece);
                    bytes += piece.Length;
                }
            }
            return new StagedFile(number, name, path, bytes, Convert.ToHexStringLower(sha.GetHashAndReset()));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>What is said of it before it is sent.</summary>
    public object Init(string exchange) => new { name = Name, size = Bytes, checksum = Checksum, user_data = new { exchange, file = Number } };

    /// <summary>Its segments from an offset on.</summary>
    public async IAsyncEnumerable<(long Offset, byte[] Bytes)> SegmentsAsync(
        long from, int segmentBytes, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
        file.Position = from;
        for (var offset = from; offset < Bytes;)
        {
            var segment = new byte[Math.Min(segmentBytes, Bytes - offset)];
            await file.ReadExactlyAsync(segment, cancellationToken);
            yield return (offset, segment);
            offset += segment.Length;
        }
    }
}
