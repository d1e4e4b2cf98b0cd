using System.Runtime.CompilerServices;

namespace Weir.Grains.Exchanges;

/// <summary>Files on their way through a grain call, piece by piece.</summary>
internal static class HistoryBytes
{
    /// <summary>Small enough to be a message between silos, large enough to be few of them.</summary>
    private const int PieceBytes = 256 << 10;

    public static async IAsyncEnumerable<byte[]> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, useAsync: true);
        while (true)
        {
            var piece = new byte[PieceBytes];
            var read = await file.ReadAtLeastAsync(piece, PieceBytes, throwOnEndOfStream: false, cancellationToken);
            if (read > 0) yield return read == PieceBytes ? piece : piece[..read];
            if (read < PieceBytes) yield break;
        }
    }
}
