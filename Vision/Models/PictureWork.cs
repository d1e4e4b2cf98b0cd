namespace Weir.Vision.Models;

/// <summary>A picture on its way through a model. It is completed once, and leaves its version of the model with that.</summary>
internal sealed class PictureWork(
    LoadedModel model, ModelInput input, PictureSize picture, float? threshold, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<DetectionResult> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The version of the model that it goes through; it has entered it.</summary>
    public LoadedModel Model => model;

    public ModelInput Input => input;

    public PictureSize Picture => picture;

    public float Threshold => threshold ?? model.Description.Threshold;

    public Task<DetectionResult> Task => completion.Task;

    /// <summary>Completes it where nobody waits for it any more.</summary>
    public bool EndIfCancelled()
    {
        if (!cancellationToken.IsCancellationRequested) return false;
        completion.SetCanceled(cancellationToken);
        model.Leave();
        return true;
    }

    public void End(PictureOutcome outcome, TimeSpan duration, int together)
    {
        if (outcome.Error is { } error) completion.SetException(error);
        else completion.SetResult(new DetectionResult(outcome.Found!, duration, model.Description) { Together = together });
        model.Leave();
    }
}

/// <summary>What came of one picture: what was found, or why it failed.</summary>
internal readonly record struct PictureOutcome(Detection[]? Found, Exception? Error);
