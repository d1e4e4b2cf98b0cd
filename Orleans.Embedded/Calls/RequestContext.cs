using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>
/// Values that go along with a call and with the calls that it leads to. Each flow of control has its own;
/// what a grain sets does not come back to its caller.
/// </summary>
public static class RequestContext
{
    private static readonly AsyncLocal<ContextValues?> s_current = new();

    /// <summary>The names of the values.</summary>
    public static IEnumerable<string> Keys => s_current.Value?.Values?.Keys ?? Enumerable.Empty<string>();

    /// <summary>The values.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries =>
        s_current.Value?.Values ?? Enumerable.Empty<KeyValuePair<string, object>>();

    /// <summary>Identifies the call chain that may come back to a grain which waits for it; empty if none may.</summary>
    public static Guid ReentrancyId
    {
        get => s_current.Value?.ReentrancyId ?? Guid.Empty;
        set => Replace(s_current.Value?.Values, value);
    }

    internal static ContextValues? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }

    /// <summary>The value of that name, null if there is none.</summary>
    public static object? Get(string key) => s_current.Value?.Values?.GetValueOrDefault(key);

    /// <summary>Sets a value for the calls from here on.</summary>
    public static void Set(string key, object value)
    {
        ArgumentNullException.ThrowIfNull(key);
        var current = s_current.Value;

        // Calls under way hold the dictionary, so it is never changed in place.
        var values = current?.Values is { } old ? new Dictionary<string, object>(old) : [];
        values[key] = value;
        Replace(values, current?.ReentrancyId ?? Guid.Empty);
    }

    /// <summary>Removes a value; false if there was none.</summary>
    public static bool Remove(string key)
    {
        var current = s_current.Value;
        if (current?.Values is null || !current.Values.ContainsKey(key)) return false;
        var values = new Dictionary<string, object>(current.Values);
        values.Remove(key);
        Replace(values, current.ReentrancyId);
        return true;
    }

    /// <summary>Removes all values.</summary>
    public static void Clear() => s_current.Value = null;

    /// <summary>
    /// Until the result is disposed of, calls that come back to this grain along the chain that starts here are
    /// let in, though the request that waits for them has not ended.
    /// </summary>
    public static ReentrancySection AllowCallChainReentrancy()
    {
        var original = ReentrancyId;
        return new ReentrancySection(original, original == Guid.Empty ? Guid.NewGuid() : original);
    }

    /// <summary>Until the result is disposed of, calls from here do not count as of the chain so far.</summary>
    public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

    private static void Replace(Dictionary<string, object>? values, Guid reentrancyId) =>
        s_current.Value = values is { Count: > 0 } || reentrancyId != Guid.Empty
            ? new ContextValues(values is { Count: > 0 } ? values : null, reentrancyId)
            : null;

    /// <summary>A stretch of code with or without call-chain reentrancy.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "Nested in Orleans.")]
    [SuppressMessage("Performance", "CA1815", Justification = "Not meant to be compared.")]
    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _current;

        /// <summary>Enters the section.</summary>
        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            _original = originalReentrancyId;
            _current = newReentrancyId;
            if (_current != _original) ReentrancyId = _current;
            if (_current != Guid.Empty) (RuntimeContext.Current as ICallChainTarget)?.EnterSection(_current);
        }

        /// <summary>Leaves the section.</summary>
        public void Dispose()
        {
            if (_current != Guid.Empty) (RuntimeContext.Current as ICallChainTarget)?.LeaveSection(_current);
            if (_current != _original) ReentrancyId = _original;
        }
    }

    /// <summary>What goes along with a call. Never changed once made.</summary>
    internal sealed record ContextValues(Dictionary<string, object>? Values, Guid ReentrancyId);
}

/// <summary>An activation that lets calls of certain chains in.</summary>
internal interface ICallChainTarget
{
    void EnterSection(Guid reentrancyId);

    void LeaveSection(Guid reentrancyId);
}
