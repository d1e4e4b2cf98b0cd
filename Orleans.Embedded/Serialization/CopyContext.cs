using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>
/// One copy under way. At first no note is taken of what is copied already, which is quick; a graph that turns out
/// to be deep may have cycles, so it is copied anew with such notes.
/// </summary>
internal sealed class CopyContext
{
    private const int DepthWithoutNotes = 64;

    [ThreadStatic]
    private static CopyContext? t_free;

    private Dictionary<object, object>? _copies;
    private int _depth;

    public static T Run<T>(Copier<T> copier, T value)
    {
        var context = t_free ?? new CopyContext();
        t_free = null;
        try
        {
            return copier.Copy(value, context);
        }
        catch (TooDeepException)
        {
            context._depth = 0;
            context._copies = new Dictionary<object, object>(ReferenceEqualityComparer.Instance);
            return copier.Copy(value, context);
        }
        finally
        {
            context._depth = 0;
            context._copies = null;
            t_free = context;
        }
    }

    /// <summary>Called before a class or collection is copied; true with the copy if that was done already.</summary>
    public bool Enter(object original, out object copy)
    {
        copy = null!;
        if (++_depth < DepthWithoutNotes && _copies is null) return false;
        if (_copies is null) throw new TooDeepException();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (!_copies.TryGetValue(original, out copy!)) return false;
        _depth--;
        return true;
    }

    /// <summary>Called with the new copy, before what is in it is copied.</summary>
    public void Note(object original, object copy) => _copies?.TryAdd(original, copy);

    /// <summary>Called when all in it is copied.</summary>
    public void Leave() => _depth--;

    private sealed class TooDeepException : Exception;
}

/// <summary>Copies values of one static type.</summary>
internal abstract class Copier<T>
{
    public abstract T Copy(T value, CopyContext context);
}

/// <summary>Copies values whose exact type is known only when they are met.</summary>
internal interface IObjectCopier
{
    object Copy(object value, CopyContext context);
}
