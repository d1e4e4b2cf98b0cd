using System.Runtime.InteropServices;
using Weir.Vision.Models;

namespace Weir.Vision.Cascades;

/// <summary>
/// Takes parts of frames through the models of one cascade, model by model: the parts that have come as far as a model go
/// through it together. For one frame at a time.
/// </summary>
internal sealed class Cascade(CascadeOptions options, IReadOnlyList<DetectionModel> models) : IDisposable
{
    private readonly List<ModelInput>[] inputs = [.. models.Select(_ => new List<ModelInput>())];

    public CascadeOptions Options => options;

    /// <summary>What the models find on parts of a frame, in their order; null where they find nothing.</summary>
    public async Task<ObjectAttribute?[]> LookAsync(FullFrame frame, IReadOnlyList<Box> boxes, CancellationToken cancellationToken)
    {
        var parts = boxes.Select(box => new Part { Area = PixelArea.Of(box, frame.Size, options.Margin) }).ToArray();
        var open = parts.ToList();
        for (var model = 0; model < models.Count && open.Count > 0; model++)
        {
            var results = await RunAsync(model, frame, open, cancellationToken).ConfigureAwait(false);
            open = [.. open.Where((part, i) => See(part, results[i], frame.Size))];
        }
        // What has not come through to the end has no value.
        return [.. parts.Select(part => open.Contains(part) ? part.Found : null)];
    }

    public void Dispose()
    {
        foreach (var input in inputs.SelectMany(ofModel => ofModel)) input.Dispose();
    }

    private Task<DetectionResult[]> RunAsync(int index, FullFrame frame, List<Part> parts, CancellationToken cancellationToken)
    {
        var (model, places) = (models[index], inputs[index]);
        // A new version of the model may want another form.
        var form = model.Description.Input;
        foreach (var old in places.Where(input => input.Description != form)) old.Dispose();
        places.RemoveAll(input => input.Description != form);
        while (places.Count < parts.Count) places.Add(new ModelInput(form));

        var pictures = new ModelPicture[parts.Count];
        for (var i = 0; i < pictures.Length; i++)
        {
            var area = parts[i].Area;
            Resampling.Crop(frame.Pixels.Span, frame.Size, area, parts[i].IsUpsideDown, form, places[i].Pixels.Span);
            pictures[i] = new ModelPicture(places[i], new PictureSize(area.Width, area.Height));
        }
        return model.DetectAsync(pictures, null, cancellationToken);
    }

    /// <returns>Whether the next model is to look at it.</returns>
    private bool See(Part part, DetectionResult result, PictureSize frame)
    {
        // A model that is not sure which way up the part is leaves it as it is.
        if (result.Detections.Count == 0) return IsTurning(result.Model);
        var best = result.Detections.MaxBy(detection => detection.Score * detection.Box.Area);
        if (IsTurning(result.Model))
        {
            part.IsUpsideDown = best.Class == "180";
            return true;
        }
        if (best.Box is not { Left: 0, Top: 0, Right: 1, Bottom: 1 })
        {
            part.Narrowed = part.Area.ToPicture(best.Box, frame);
            part.Area = PixelArea.Of(part.Narrowed.Value, frame, 0);
        }
        part.Found = new ObjectAttribute(options.Name, ValueOf(best), best.Score, part.Narrowed, $"{result.Model.Name} {result.Model.Version}");
        return true;
    }

    private static bool IsTurning(ModelDescription model) => model.Decoder == "classifier" && model.Classes is ["0", "180"];

    private static string ValueOf(Detection detection) =>
        detection.Text ?? (detection.Vector is { } vector ? Convert.ToBase64String(MemoryMarshal.AsBytes<float>([.. vector])) : detection.Class);

    /// <summary>A part of a frame on its way through the models.</summary>
    private sealed class Part
    {
        public required PixelArea Area { get; set; }

        public bool IsUpsideDown { get; set; }

        public Box? Narrowed { get; set; }

        public ObjectAttribute? Found { get; set; }
    }
}
