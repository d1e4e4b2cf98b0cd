using System.Globalization;
using System.Threading.Channels;
using Weir.Vision.Decode.Nut;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>A decoded frame on its way to the model.</summary>
internal readonly record struct DecodedFrame(long Number, long MediaTime, long Time, long Arrival, ModelInput Input);

/// <summary>
/// Takes the frames of one run of the decoder: each gets its number and its time, and one waits for the model. At the
/// source's pace a newer one takes its place.
/// </summary>
/// <param name="camera">The camera.</param>
/// <param name="clock">Gives frames their time.</param>
/// <param name="reasonBefore">Why the run before has ended; null where none had frames.</param>
/// <param name="firstFrame">Is told when the first frame has come.</param>
internal sealed class FrameIntake(CameraParts camera, FrameClock clock, string? reasonBefore, Action firstFrame)
{
    private readonly Channel<DecodedFrame> waiting = NewestOf(camera);
    private readonly FrameHoles? holes = camera.Options.Pacing == FramePacing.Source ? new FrameHoles(camera.Time) : null;
    private FrameGap? gap;

    /// <summary>The number of the last frame before this run.</summary>
    public long Before { get; } = camera.Counters.Frames;

    /// <summary>The form in which the model wants frames.</summary>
    public ModelInputDescription Form { get; } = camera.Model.Description.Input;

    /// <summary>The frame that waits. Who takes it gives its input back.</summary>
    public ChannelReader<DecodedFrame> Frames => waiting.Reader;

    /// <summary>Whether any frame came.</summary>
    public bool HadFrames => camera.Counters.Frames > Before;

    /// <summary>Reads to the end of the decoder's output.</summary>
    /// <param name="output">The output.</param>
    /// <param name="watchdog">Is cancelled when nothing comes for too long.</param>
    /// <param name="ending">Ends it.</param>
    public async Task ReadAsync(Stream output, CancellationTokenSource watchdog, CancellationToken ending)
    {
        var size = Form.Width * Form.Height * 3;
        var reader = new NutReader(output, size);
        try
        {
            while (true)
            {
                watchdog.CancelAfter(HadFrames ? camera.Options.StaleAfter : camera.Options.StartTimeout);
                if (await reader.ReadHeaderAsync(ending).ConfigureAwait(false) is not { } header) return;
                if (header.Size != size) throw new NutException($"a frame has {header.Size} bytes, but {size} are expected.");
                var input = camera.Inputs.Rent(Form);
                try
                {
                    await reader.ReadPayloadAsync(input.Pixels, ending).ConfigureAwait(false);
                    watchdog.CancelAfter(Timeout.InfiniteTimeSpan);
                    await waiting.Writer.WriteAsync(Arrived(input, header.Time), ending).ConfigureAwait(false);
                }
                catch
                {
                    camera.Inputs.Return(input);
                    throw;
                }
            }
        }
        finally
        {
            watchdog.CancelAfter(Timeout.InfiniteTimeSpan);
            waiting.Writer.TryComplete();
        }
    }

    /// <summary>What is missing before the frame that was taken last; told once.</summary>
    public FrameGap? TakeGap() => Interlocked.Exchange(ref gap, null);

    /// <summary>Lets go of the frame that waits: nobody takes it any more.</summary>
    public void Clear()
    {
        waiting.Writer.TryComplete();
        while (waiting.Reader.TryRead(out var frame)) Skip(camera, frame);
    }

    private DecodedFrame Arrived(ModelInput input, long mediaTime)
    {
        var arrival = camera.Time.GetUtcNow();
        var first = !HadFrames;
        var number = camera.Counters.Frame(arrival);
        if (first) firstFrame();
        var microseconds = CameraParts.Micros(arrival);
        if (camera.Analysis.NeedsFullFrames) camera.FullFrames.Want(number);
        var before = clock.Last;
        var frameTime = clock.TimeOf(mediaTime, microseconds);
        var missing = holes?.Before(mediaTime);
        if (first && Before > 0) Tell(new FrameGap(before, frameTime, reasonBefore ?? "The decoder was started anew."));
        else if (missing is { } length)
            Tell(new FrameGap(frameTime - length, frameTime, string.Create(CultureInfo.InvariantCulture,
                $"The source went on, but {length / 1e6:0.0} s of its video could not be decoded: it was damaged or lost on the way.")));
        return new DecodedFrame(number, mediaTime, frameTime, microseconds, input);
    }

    /// <summary>One that nobody has taken yet, as its frame was skipped, reaches up to this one then.</summary>
    private void Tell(FrameGap found)
    {
        var untold = Interlocked.Exchange(ref gap, null);
        gap = untold is null ? found : untold with { To = found.To };
    }

    private static Channel<DecodedFrame> NewestOf(CameraParts camera)
    {
        var drop = camera.Options.Pacing == FramePacing.Source;
        return Channel.CreateBounded<DecodedFrame>(
            new BoundedChannelOptions(1)
            {
                FullMode = drop ? BoundedChannelFullMode.DropOldest : BoundedChannelFullMode.Wait,
                SingleReader = true,
                SingleWriter = true,
            },
            frame => Skip(camera, frame));
    }

    private static void Skip(CameraParts camera, DecodedFrame frame)
    {
        camera.Inputs.Return(frame.Input);
        camera.FullFrames.Drop(frame.Number);
        camera.Counters.Skip();
    }
}
