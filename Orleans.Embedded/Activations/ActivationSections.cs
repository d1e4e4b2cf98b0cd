using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>The stretches of code in which calls of certain chains may come in.</summary>
internal sealed partial class Activation
{
    private Dictionary<Guid, int>? _sections;

    public void EnterSection(Guid reentrancyId)
    {
        _sections ??= [];
        _sections[reentrancyId] = _sections.GetValueOrDefault(reentrancyId) + 1;
        if (_waiting.Count > 0) _scheduler.Enqueue((Action)AdmitChained);
    }

    public void LeaveSection(Guid reentrancyId)
    {
        if (_sections is null || !_sections.TryGetValue(reentrancyId, out var count)) return;
        if (count > 1) _sections[reentrancyId] = count - 1;
        else _sections.Remove(reentrancyId);
    }

    private bool IsInSection(GrainCall call) =>
        _sections is { Count: > 0 } && call.Context is { } context && _sections.ContainsKey(context.ReentrancyId);

    /// <summary>Begins the waiting calls that have become of a chain which may come in.</summary>
    private void AdmitChained()
    {
        for (var left = _waiting.Count; left > 0 && _waiting.TryDequeue(out var call); left--)
        {
            if (_state is State.Active or State.Ending && _running > 0 && IsInSection(call)) Begin(call, Slot.Shared);
            else _waiting.Enqueue(call);
        }
    }
}
