using Weir.Grains.Alarms;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Rules;

namespace Weir.Grains.Rules;

/// <summary>A rule as it stands for one camera or topic, with its alarm. For use within a grain's turns.</summary>
internal sealed class RuleWatch
{
    private const double MicrosPerSecond = 1e6;

    private readonly HeldCondition condition;
    private readonly StandingAlarm alarm;

    public RuleWatch(Rule rule, IAlarmLogGrain log, string source)
    {
        Rule = rule;
        // A silence is held against its own length.
        var hold = rule.Settings.Kind == RuleKind.Silence ? 0 : rule.Settings.HoldSeconds;
        condition = new HeldCondition((long)(hold * MicrosPerSecond), (long)(rule.Settings.ClearSeconds * MicrosPerSecond));
        alarm = new StandingAlarm(log, source, $"rule/{rule.Id}", rule.Id);
    }

    public Rule Rule { get; }

    /// <summary>The alarm that stands and has no picture yet; null where there is none.</summary>
    public string? WithoutPicture { get; set; }

    /// <summary>Takes in whether the rule's condition holds at a time, in microseconds; <paramref name="why"/> says it for a person.</summary>
    public async Task LookAsync(bool holds, long time, Func<string> why)
    {
        var stands = condition.Look(holds, time);
        var raised = await alarm.FollowAsync(stands ? why() : null);
        if (raised is not null || !stands) WithoutPicture = raised;
    }

    /// <summary>The rule is not looked at any more here: what it has raised is over.</summary>
    public Task EndAsync() => alarm.FollowAsync(null);
}
