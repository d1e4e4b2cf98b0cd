using System.Diagnostics.CodeAnalysis;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>Reads events of a stream as blocks.</summary>
internal static class RingBlocks
{
    /// <summary>Reads an event, or says why it is no block of messages.</summary>
    public static bool TryRead(
        in StoredEvent stored, StreamPosition next, long arrived, out RingBlock block, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            block = RingBlock.Read(stored, next, arrived);
            problem = null;
            return true;
        }
        catch (InvalidDataException error)
        {
            block = default;
            problem = error.Message;
            return false;
        }
    }
}
