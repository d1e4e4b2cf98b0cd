namespace Weir.Vision.Recording.Capture;

/// <summary>Where in a file a camera is: at <paramref name="Time"/> (µs since 1970 UTC) it showed the picture at <paramref name="Position"/> (µs from the file's beginning).</summary>
public readonly record struct FileMark(long Time, long Position);

/// <summary>
/// Gives fragments of a file their time: that at which the camera, which plays the file for its models, shows the same
/// pictures. So boxes and recording stay in step though two processes read the file. Without such a camera the file plays
/// by itself from the moment it is opened.
/// </summary>
/// <param name="mark">Where the camera is; null where nobody plays it.</param>
internal sealed class FilePace(Func<FileMark?> mark)
{
    /// <summary>What differs by more than this has been begun anew, not only measured anew.</summary>
    private const long Restarted = 1_000_000;

    private long? begin;

    /// <summary>When the present pass through the file began; null before that is known.</summary>
    public long? Begin => begin;

    /// <summary>Begins a pass with the camera; false where nobody plays the file.</summary>
    public bool TryOpen()
    {
        if (mark() is not { } known) return false;
        begin = known.Time - known.Position;
        return true;
    }

    /// <summary>Begins a pass by itself.</summary>
    public void Open(long now) => begin = now;

    /// <summary>Capture was interrupted: where the file is has to be found out anew.</summary>
    public void Lose() => begin = null;

    /// <summary>The file has been read to its end: the next pass begins when this one ends.</summary>
    public void Next(long duration) => begin += duration;

    /// <summary>Follows the camera.</summary>
    /// <param name="duration">How long the file is; null where that is not known yet.</param>
    /// <returns>False where the camera has begun the file anew, so that a new pass has to begin with it.</returns>
    public bool Follow(long? duration)
    {
        if (mark() is not { } known || begin is not { } own) return true;
        var camera = known.Time - known.Position;
        var off = camera - own;
        // The camera may be a pass ahead or behind for a moment.
        if (duration is > 0 and var pass) off -= (long)Math.Round((double)off / pass) * pass;
        if (Math.Abs(off) > Restarted)
        {
            begin = camera;
            return false;
        }
        begin = own + off;
        return true;
    }
}
