using System.Runtime.InteropServices;
using Weir.Vision.Models;

namespace Weir.Vision.Cascades;

/// <summary>Takes parts of frames through the models of one cascade. For one frame at a time.</summary>
internal sealed class Cascade(CascadeOptions options, IReadOnlyList<DetectionModel> models) : IDisposable
{
    private readonly ModelInput?[] inputs = new ModelInput?[models.Count];

    public CascadeOptions Options => options;

    /// <summary>What the models find on a part of a frame; null where they find nothing.</summary>
    public async Task<ObjectAttribute?> LookAsync(FullFrame frame, Box box, CancellationToken cancellationToken)
    {
        var area = PixelArea.Of(box, frame.Size, options.Margin);
        var (upsideDown, narrowed) = (false, (Box?)null);
        ObjectAttribute? found = null;
        for (var i = 0; i < models.Count; i++)
        {
            var result = await RunAsync(i, frame, area, upsideDown, cancellationToken).ConfigureAwait(false);
            if (result.Detections.Count == 0)
            {
                // A model that is not sure which way up the part is leaves it as it is.
                if (IsTurning(result.Model)) continue;
                return null;
            }
            var best = result.Detections.MaxBy(detection => detection.Score * detection.Box.Area);
            if (IsTurning(result.Model))
            {
                upsideDown = best.Class == "180";
                continue;
            }
            if (best.Box is not { Left: 0, Top: 0, Right: 1, Bottom: 1 })
            {
                narrowed = area.ToPicture(best.Box, frame.Size);
                area = PixelArea.Of(narrowed.Value, frame.Size, 0);
            }
            found = new ObjectAttribute(options.Name, ValueOf(best), best.Score, narrowed, $"{result.Model.Name} {result.Model.Version}");
        }
        return found;
    }

    public void Dispose()
    {
        foreach (var input in inputs) input?.Dispose();
    }

    private Task<DetectionResult> RunAsync(int index, FullFrame frame, PixelArea area, bool upsideDown, CancellationToken cancellationToken)
    {
        var model = models[index];
        // A new version of the model may want another form.
        if (inputs[index] is not { } input || input.Description != model.Description.Input)
        {
            inputs[index]?.Dispose();
            inputs[index] = input = model.CreateInput();
        }
        Resampling.Crop(frame.Pixels.Span, frame.Size, area, upsideDown, input.Description, input.Pixels.Span);
        return model.DetectAsync(input, new PictureSize(area.Width, area.Height), null, cancellationToken);
    }

    private static bool IsTurning(ModelDescription model) => model.Decoder == "classifier" && model.Classes is ["0", "180"];

    private static string ValueOf(Detection detection) =>
        detection.Text ?? (detection.Vector is { } vector ? Convert.ToBase64String(MemoryMarshal.AsBytes<float>([.. vector])) : detection.Class);
}
