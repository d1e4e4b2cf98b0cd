using System.Numerics;
using System.Runtime.InteropServices;

namespace Weir.Vision.Motion;

/// <summary>
/// What a camera sees where nothing moves: for each place of the thumbnail a running mean of its brightness and of how
/// much that trembles. What is unlike it has changed; what stays changed becomes background in the end, slowly. Both
/// means are 16-bit numbers of 1/128, so that a vector holds many of them. Not thread-safe.
/// </summary>
internal sealed class Background
{
    /// <summary>1/128 of a step of brightness.</summary>
    private const int Fraction = 7;

    /// <summary>A place that has not changed goes 1/16 of the way to what it is now, one that has 1/256.</summary>
    private const int Rate = 4;
    private const int ChangedRate = 8;
    private const int NoiseRate = 5;

    /// <summary>A place that trembles by a mean of n counts as changed from 4 n on.</summary>
    private const int NoiseFactor = 4;

    private readonly short[] mean;
    private readonly short[] noise;
    private readonly short[] watched;
    private bool begun;

    /// <param name="watched">-1 for each place that is watched, 0 for one behind a mask.</param>
    public Background(short[] watched)
    {
        this.watched = watched;
        mean = new short[watched.Length];
        noise = new short[watched.Length];
    }

    /// <summary>Holds a frame against the background, and brings this up to date.</summary>
    /// <param name="grey">The thumbnail's brightness.</param>
    /// <param name="leastChange">The least difference that counts, in steps of brightness.</param>
    /// <returns>How many watched places have changed; 0 for the first frame.</returns>
    public int Changed(ReadOnlySpan<short> grey, int leastChange)
    {
        if (!begun)
        {
            Begin(grey);
            return 0;
        }
        var least = (short)(leastChange << Fraction);
        var frames = Vectors(grey);
        var means = Vectors(mean);
        var noises = Vectors(noise);
        var masks = Vectors(watched);
        var total = 0;
        for (var i = 0; i < frames.Length; i++)
        {
            var difference = (frames[i] << Fraction) - means[i];
            var distance = Vector.Abs(difference);
            var bound = Vector.Max(new Vector<short>(least), noises[i] * (short)NoiseFactor);
            var changed = Vector.GreaterThan(distance, bound);
            var step = Vector.ConditionalSelect(changed, difference >> ChangedRate, difference >> Rate);
            // A shift rounds down, so that a small difference upwards would never be made up: it goes on by one.
            var stuck = Vector.Equals(step, Vector<short>.Zero) & Vector.GreaterThan(difference, Vector<short>.Zero);
            means[i] += step - stuck;
            var tremble = (Vector.Min(distance, new Vector<short>(64 << Fraction)) - noises[i]) >> NoiseRate;
            noises[i] += Vector.AndNot(tremble, changed);
            total -= Vector.Sum(changed & masks[i]);
        }
        for (var i = frames.Length * Vector<short>.Count; i < grey.Length; i++) total += One(grey, i, least);
        return total;
    }

    /// <summary>Takes a frame as the background, as after the whole picture has changed.</summary>
    public void Begin(ReadOnlySpan<short> grey)
    {
        for (var i = 0; i < mean.Length; i++) (mean[i], noise[i]) = ((short)(grey[i] << Fraction), 1 << Fraction);
        begun = true;
    }

    private int One(ReadOnlySpan<short> grey, int i, short least)
    {
        var difference = (grey[i] << Fraction) - mean[i];
        var changed = Math.Abs(difference) > Math.Max(least, noise[i] * NoiseFactor);
        var step = difference >> (changed ? ChangedRate : Rate);
        mean[i] += (short)(step == 0 && difference > 0 ? 1 : step);
        if (!changed) noise[i] += (short)((Math.Min(Math.Abs(difference), 64 << Fraction) - noise[i]) >> NoiseRate);
        return changed && watched[i] != 0 ? 1 : 0;
    }

    private static ReadOnlySpan<Vector<short>> Vectors(ReadOnlySpan<short> values) => MemoryMarshal.Cast<short, Vector<short>>(values);

    private static Span<Vector<short>> Vectors(short[] values) => MemoryMarshal.Cast<short, Vector<short>>(values.AsSpan());
}
