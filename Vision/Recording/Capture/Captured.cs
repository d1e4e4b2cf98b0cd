using Weir.Vision.Recording.Mp4;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Capture;

/// <summary>What goes from the source to the store: a fragment, or an entry of the index that has no video.</summary>
/// <param name="Entry">What the index is to say of it.</param>
/// <param name="Memory">The fragment with space before it; null for an entry without video.</param>
/// <param name="Init">What it needs before it.</param>
internal sealed record Captured(IndexEntry Entry, FragmentMemory? Memory, InitSegment? Init) : IDisposable
{
    /// <summary>Room for the head and the initialisation, which are put before the fragment without copying it.</summary>
    public static int Space(InitSegment init) => VideoEvent.HeadBytes + init.Bytes.Length + 1024;

    /// <summary>The whole event, as the stream is to have it.</summary>
    public ReadOnlyMemory<byte> Payload()
    {
        var initBytes = Entry.IsKeyframe ? Init!.Bytes.Length : 0;
        var payload = Memory!.From(VideoEvent.HeadBytes + initBytes);
        VideoEvent.WriteHead(payload.Span, Entry, initBytes);
        if (initBytes > 0) Init!.Bytes.CopyTo(payload.Span[VideoEvent.HeadBytes..]);
        return payload;
    }

    public void Dispose() => Memory?.Dispose();
}
