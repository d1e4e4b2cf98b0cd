using Weir.Grains.Interfaces.Alarms;

namespace Weir.Grains.Alarms;

/// <summary>
/// An alarm that follows a condition: raised when it begins to hold, cleared when it ceases to. Tells the log only of
/// changes. For use within a grain's turns.
/// </summary>
internal sealed class StandingAlarm(IAlarmLogGrain log, string source, string kind)
{
    // Unknown at first: a process that ended hard may have left the alarm standing.
    private bool? stands;

    /// <summary>Follows the condition.</summary>
    /// <param name="message">Why it holds, in a sentence; null where it does not.</param>
    public async Task FollowAsync(string? message)
    {
        if (stands == message is not null) return;
        if (message is null) await log.ClearAsync(source, kind);
        else await log.RaiseAsync(source, kind, message);
        stands = message is not null;
    }
}
