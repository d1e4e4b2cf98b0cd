using Microsoft.Extensions.DependencyInjection;
using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>The objects beside the grain's own that answer calls.</summary>
internal sealed partial class Activation
{
    private Dictionary<Type, IGrainExtension>? _extensions;

    /// <summary>The object that answers an extension interface. In a turn.</summary>
    public IGrainExtension Extension(Type interfaceType)
    {
        _extensions ??= [];
        if (_extensions.TryGetValue(interfaceType, out var known)) return known;
        var created = ActivationServices.GetKeyedService<IGrainExtension>(interfaceType)
            ?? throw new GrainExtensionNotInstalledException(
                $"grain '{GrainId}' has no extension {interfaceType}: no such keyed service is registered");
        _extensions.Add(interfaceType, created);
        return created;
    }

    /// <summary>Calls that only wait for something to happen must not hold up the end.</summary>
    private void StopWaitingExtensions()
    {
        if (_extensions?.GetValueOrDefault(typeof(IAsyncEnumerableGrainExtension)) is AsyncEnumerableExtension enumerables)
        {
            enumerables.StopWaiting();
        }
    }

    private bool TryFindInstance(GrainCall call, out object instance)
    {
        instance = GrainInstance!;
        if (call.Description.ExtensionType is not { } extension) return true;
        try
        {
            instance = Extension(extension);
            return true;
        }
        catch (Exception exception)
        {
            call.Fail(exception);
            OnFinished(call, exception);
            return false;
        }
    }
}
