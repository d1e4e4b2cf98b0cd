using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Alarms;

/// <summary>The alarms of a site. The key is <see cref="Sites.ISiteGrain.Key"/>.</summary>
[Alias("weir.IAlarmLogGrain")]
public interface IAlarmLogGrain : IGrainWithStringKey
{
    /// <summary>Raises an alarm, unless the same source has one of that kind already that is not cleared.</summary>
    /// <param name="source">What it is about, such as <c>camera/street</c>.</param>
    /// <param name="kind">What has happened, in a word.</param>
    /// <param name="message">What has happened, in a sentence.</param>
    /// <param name="rule">The rule that raises it; null for none.</param>
    /// <returns>The alarm's id; null where there was one.</returns>
    [Alias("Raise")] Task<string?> RaiseAsync(string source, string kind, string message, string? rule = null);

    /// <summary>Clears the alarm of a source and kind, if there is one.</summary>
    [Alias("Clear")] Task ClearAsync(string source, string kind);

    /// <summary>Clears all alarms of a source that is gone.</summary>
    [Alias("ClearSource")] Task ClearSourceAsync(string source);

    /// <summary>Clears all alarms of a rule that has changed or is gone.</summary>
    [Alias("ClearRule")] Task ClearRuleAsync(string rule);

    /// <summary>Says that a piece of evidence, stored before, belongs to an alarm; a repeat changes nothing.</summary>
    [Alias("AddEvidence")] Task AddEvidenceAsync(string id, string sha256);

    /// <summary>Says that a person has seen an alarm.</summary>
    /// <param name="id">The alarm.</param>
    /// <param name="who">Who has seen it; null where that is not known.</param>
    /// <param name="note">What that person has to say; null for nothing.</param>
    /// <returns>False if there is no such alarm, or it was acknowledged before.</returns>
    [Alias("Acknowledge")] Task<bool> AcknowledgeAsync(string id, string? who = null, string? note = null);

    /// <summary>Alarms that were raised since a time or are not cleared yet, newest first, at most 500.</summary>
    [Alias("List"), AlwaysInterleave] Task<IReadOnlyList<Alarm>> ListAsync(DateTimeOffset since);

    /// <summary>What an alarm has gone through, oldest first.</summary>
    [Alias("GetHistory"), AlwaysInterleave] Task<IReadOnlyList<AlarmStep>> GetHistoryAsync(string id);

    /// <summary>The evidence of an alarm: names for <see cref="Results.IResultsGrain.GetEvidenceAsync"/>.</summary>
    [Alias("GetEvidence"), AlwaysInterleave] Task<IReadOnlyList<string>> GetEvidenceAsync(string id);
}

/// <summary>A step in the life of an alarm.</summary>
/// <param name="Change"><c>raised</c>, <c>acknowledged</c> or <c>cleared</c>.</param>
/// <param name="At">When.</param>
/// <param name="UserName">Who, where it was a person that is known.</param>
/// <param name="Note">What that person had to say.</param>
[GenerateSerializer, Immutable, Alias("weir.AlarmStep")]
public sealed record AlarmStep(
    [property: Id(0)] string Change, [property: Id(1)] DateTimeOffset At, [property: Id(2)] string? UserName, [property: Id(3)] string? Note);

/// <summary>How an alarm stands.</summary>
public enum AlarmState
{
    /// <summary>It holds, and nobody has said they saw it.</summary>
    Active,

    /// <summary>It holds, and somebody has seen it.</summary>
    Acknowledged,

    /// <summary>It is over.</summary>
    Cleared,
}

/// <summary>One occurrence of an alarm.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Source">What it is about, such as <c>camera/street</c>.</param>
/// <param name="Kind">What has happened, in a word.</param>
/// <param name="Message">What has happened, in a sentence.</param>
/// <param name="Raised">Since when.</param>
/// <param name="Acknowledged">When somebody saw it.</param>
/// <param name="Cleared">When it was over.</param>
[GenerateSerializer, Immutable, Alias("weir.Alarm")]
public sealed record Alarm(
    [property: Id(0)] string Id, [property: Id(1)] string Source, [property: Id(2)] string Kind,
    [property: Id(3)] string Message, [property: Id(4)] DateTimeOffset Raised,
    [property: Id(5)] DateTimeOffset? Acknowledged, [property: Id(6)] DateTimeOffset? Cleared)
{
    /// <summary>The rule that raised it; null where it was the site itself.</summary>
    [Id(7)] public string? Rule { get; init; }

    /// <summary>Who acknowledged it, where that is known.</summary>
    [Id(8)] public string? AcknowledgedBy { get; init; }

    /// <summary>How it stands.</summary>
    public AlarmState State =>
        Cleared is not null ? AlarmState.Cleared : Acknowledged is not null ? AlarmState.Acknowledged : AlarmState.Active;
}
