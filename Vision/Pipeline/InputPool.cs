using System.Collections.Concurrent;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>
/// The places for pixels of one camera: one is being filled, one waits, one is in the model. More are never needed.
/// </summary>
internal sealed class InputPool : IDisposable
{
    private readonly ConcurrentBag<ModelInput> free = [];

    /// <param name="form">The form of the input, that of the decoder's present run.</param>
    public ModelInput Rent(ModelInputDescription form)
    {
        while (free.TryTake(out var input))
        {
            if (input.Description == form) return input;
            // Of a version of the model that has gone.
            input.Dispose();
        }
        return new ModelInput(form);
    }

    public void Return(ModelInput input) => free.Add(input);

    /// <summary>Disposes what is here; all that was rented must have come back.</summary>
    public void Dispose()
    {
        while (free.TryTake(out var input)) input.Dispose();
    }
}
