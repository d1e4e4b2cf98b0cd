using Weir.Vision.Models;

namespace Weir.Vision.Tracking;

/// <summary>
/// Where an object is and how it moves, by a Kalman filter of constant speed over the middle, the ratio of the sides and
/// the height of its box, as DeepSORT (Wojke et al., 2017, https://arxiv.org/abs/1703.07402) and ByteTrack have it, with
/// their deviations, which are parts of the height. As no deviation there couples two of the four, the filter of eight
/// states is four filters of two. Lengths are pixels, speeds pixels a step of 1/25 s, as their videos have it.
/// </summary>
internal sealed class BoxFilter
{
    private const float StepsPerMicrosecond = 25e-6f;
    private const float Position = 1 / 20f;
    private const float Speed = 1 / 160f;
    private const float RatioPosition = 1e-2f;
    private const float RatioSpeed = 1e-5f;
    private const float RatioMeasured = 1e-1f;

    private readonly PictureSize picture;
    private ScalarFilter x;
    private ScalarFilter y;
    private ScalarFilter ratio;
    private ScalarFilter height;

    public BoxFilter(Box box, PictureSize picture)
    {
        this.picture = picture;
        var (cx, cy, r, h) = Measure(box);
        x = ScalarFilter.Begin(cx, 2 * Position * h, 10 * Speed * h);
        y = ScalarFilter.Begin(cy, 2 * Position * h, 10 * Speed * h);
        ratio = ScalarFilter.Begin(r, RatioPosition, RatioSpeed);
        height = ScalarFilter.Begin(h, 2 * Position * h, 10 * Speed * h);
    }

    /// <summary>Where it is thought to be.</summary>
    public Box Box
    {
        get
        {
            var h = Math.Max(height.Value, 1);
            var w = Math.Max(ratio.Value * h, 1);
            return new Box(
                (x.Value - w / 2) / picture.Width, (y.Value - h / 2) / picture.Height,
                (x.Value + w / 2) / picture.Width, (y.Value + h / 2) / picture.Height);
        }
    }

    /// <summary>Goes on in time.</summary>
    public void Predict(long microseconds)
    {
        var steps = microseconds * StepsPerMicrosecond;
        var h = Math.Max(height.Value, 1);
        x.Predict(steps, Position * h, Speed * h);
        y.Predict(steps, Position * h, Speed * h);
        ratio.Predict(steps, RatioPosition, RatioSpeed);
        height.Predict(steps, Position * h, Speed * h);
    }

    /// <summary>Takes in where it was seen.</summary>
    public void Update(Box box)
    {
        var (cx, cy, r, h) = Measure(box);
        var measured = Position * Math.Max(height.Value, 1);
        x.Update(cx, measured);
        y.Update(cy, measured);
        ratio.Update(r, RatioMeasured);
        height.Update(h, measured);
    }

    /// <summary>Stands still from now on, as an object out of sight whose size must not run away.</summary>
    public void KeepSize() => height.Stop();

    private (float X, float Y, float Ratio, float Height) Measure(Box box)
    {
        var (w, h) = (Math.Max((box.Right - box.Left) * picture.Width, 1), Math.Max((box.Bottom - box.Top) * picture.Height, 1));
        return ((box.Left + box.Right) / 2 * picture.Width, (box.Top + box.Bottom) / 2 * picture.Height, w / h, h);
    }

    /// <summary>A value and its speed, with their covariance.</summary>
    private struct ScalarFilter
    {
        private float speed;
        private float pp;
        private float ps;
        private float ss;

        public float Value { get; private set; }

        public static ScalarFilter Begin(float value, float deviation, float speedDeviation) => new()
        {
            Value = value,
            pp = deviation * deviation,
            ss = speedDeviation * speedDeviation,
        };

        public void Predict(float steps, float deviation, float speedDeviation)
        {
            Value += speed * steps;
            pp += steps * (2 * ps + steps * ss) + steps * deviation * deviation;
            ps += steps * ss;
            ss += steps * speedDeviation * speedDeviation;
        }

        public void Update(float measured, float deviation)
        {
            var innovation = pp + deviation * deviation;
            var (gain, speedGain) = (pp / innovation, ps / innovation);
            var error = measured - Value;
            Value += gain * error;
            speed += speedGain * error;
            ss -= speedGain * ps;
            ps -= gain * ps;
            pp -= gain * pp;
        }

        public void Stop() => speed = 0;
    }
}
