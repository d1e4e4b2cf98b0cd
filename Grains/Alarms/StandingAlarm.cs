using Weir.Grains.Interfaces.Alarms;

namespace Weir.Grains.Alarms;

/// <summary>
/// An alarm that follows a condition: raised when it begins to hold, cleared when it ceases to. Tells the log only of
/// changes. For use within a grain's turns.
/// </summary>
internal sealed class StandingAlarm(IAlarmLogGrain log, string source, string kind, string? rule = null)
{
    // Unknown at first: a process that ended hard may have left the alarm standing.
    private bool? stands;

    /// <summary>Follows the condition.</summary>
    /// <param name="message">Why it holds, in a sentence; null where it does not.</param>
    /// <returns>The id of the alarm that was raised by this; null where none was.</returns>
    public async Task<string?> FollowAsync(string? message)
    {
        if (stands == message is not null) return null;
        string? raised = null;
        if (message is null) await log.ClearAsync(source, kind);
        else raised = await log.RaiseAsync(source, kind, message, rule);
        stands = message is not null;
        return raised;
    }
}
