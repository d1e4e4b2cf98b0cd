namespace Weir.Vision.Models;

/// <summary>How many pictures go through a version of a model in one run.</summary>
/// <param name="Size">The most at a time.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="PicturesPerSecond">What all lanes together manage, by the time that a picture took lately; null before the first dozen runs.</param>
/// <param name="Runs">The runs so far.</param>
/// <param name="Pictures">The pictures that went through in them.</param>
public sealed record BatchChoice(int Size, string Reason, double? PicturesPerSecond, long Runs, long Pictures);

/// <summary>
/// Says how many of the waiting pictures a lane takes at a time. A lane leaves to the idle ones what they could begin
/// with at once, as two lanes are always faster than two pictures on one.
/// <para>
/// Where the ONNX file leaves it open and nobody has said otherwise, the size is found by measuring on the pictures that
/// come: whenever enough of them wait, the size in use and the next larger one take turns. The larger one stays if it
/// gives a tenth more pictures a second, as each of them waits for the end of all; then the next is tried. Whether
/// batches pay hangs on the model and the processor's caches, so nothing that was measured elsewhere would do, and while
/// nothing waits there is nothing to win. All members may be called from any thread.
/// </para>
/// </summary>
internal sealed class BatchTuning
{
    private const double LeastGain = 1.1;
    private static readonly int[] Sizes = [1, 2, 4, 8];

    private readonly Lock gate = new();
    private readonly int lanes;
    private readonly int fixedSize;
    private readonly bool isPadded;
    private readonly string fixedReason;
    private readonly RunTimes[] times;
    private readonly double[] gains = [1, 0, 0, 0];
    private int level;
    private bool settled;
    private bool tryNext;
    private long allRuns;
    private long allPictures;

    private BatchTuning(int lanes, int fixedSize, bool isPadded, string fixedReason)
    {
        (this.lanes, this.fixedSize, this.isPadded, this.fixedReason) = (lanes, fixedSize, isPadded, fixedReason);
        times = [.. (fixedSize > 0 ? [fixedSize] : Sizes).Select(_ => new RunTimes())];
    }

    /// <summary>The most pictures that a run may take by a setting or by the ONNX file.</summary>
    public const int MostPictures = 64;

    /// <summary>The size is to be found by measuring.</summary>
    public static BatchTuning Measured(int lanes) => new(lanes, 0, false, "");

    /// <summary>A run takes up to that many.</summary>
    public static BatchTuning UpTo(int size, int lanes, string reason) => new(lanes, size, false, reason);

    /// <summary>A run takes that many, and costs the same with fewer.</summary>
    public static BatchTuning Always(int size, int lanes) => new(lanes, size, true, $"The ONNX file takes {size} pictures at a time.");

    /// <summary>What is in use now.</summary>
    public BatchChoice Choice
    {
        get
        {
            lock (gate)
            {
                return new BatchChoice(
                    fixedSize > 0 ? fixedSize : Sizes[level], fixedSize > 0 ? fixedReason : MeasuredReason(),
                    times[level].Typical is { } time ? lanes / time.TotalSeconds : null, allRuns, allPictures);
            }
        }
    }

    /// <summary>How many to take.</summary>
    /// <param name="waiting">Pictures that wait for this model, at least 1.</param>
    /// <param name="idle">Other lanes that have nothing to do.</param>
    public int Take(int waiting, int idle)
    {
        if (isPadded) return Math.Min(waiting, fixedSize);
        var share = (waiting + idle) / (idle + 1);
        if (fixedSize > 0) return Math.Min(share, fixedSize);
        lock (gate)
        {
            if (!settled && share >= Sizes[level + 1])
            {
                tryNext = !tryNext;
                return Sizes[tryNext ? level + 1 : level];
            }
            return Sizes[..(level + 1)].Last(size => size <= share);
        }
    }

    /// <summary>So many pictures took so long in one run.</summary>
    public void Ran(int pictures, TimeSpan duration)
    {
        lock (gate)
        {
            allRuns++;
            allPictures += pictures;
            var place = fixedSize > 0 ? 0 : Array.IndexOf(Sizes, pictures);
            if (place < 0) return;
            times[place].Add(duration / pictures);
            if (settled || fixedSize > 0 || times[level].Typical is not { } now || times[level + 1].Typical is not { } next) return;
            gains[level + 1] = gains[level] * (now / next);
            if (now / next >= LeastGain) level++;
            else settled = true;
            settled |= level == Sizes.Length - 1;
        }
    }

    private string MeasuredReason()
    {
        if (level == 0 && !settled) return "To be measured when several pictures wait.";
        var told = Math.Max(level, 1);
        var reason = FormattableString.Invariant($"Measured: {Sizes[told]} at a time give {gains[told]:0.00} times the rate of one");
        if (!settled) return $"{reason}; more are to be measured.";
        return level == 0 || level == Sizes.Length - 1 ? $"{reason}." : FormattableString.Invariant($"{reason}, {Sizes[level + 1]} give {gains[level + 1]:0.00}.");
    }

    /// <summary>The time a picture, of the last dozen runs. A quarter of them were quicker than the typical one: what disturbs a run only makes it longer.</summary>
    private sealed class RunTimes
    {
        private const int Kept = 12;
        private readonly TimeSpan[] last = new TimeSpan[Kept];
        private int count;

        public TimeSpan? Typical => count < Kept ? null : last.Order().ElementAt(Kept / 4);

        public void Add(TimeSpan time) => last[count++ % Kept] = time;
    }
}
