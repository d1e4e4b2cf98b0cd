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
    [Alias("Raise")] Task RaiseAsync(string source, string kind, string message);

    /// <summary>Clears the alarm of a source and kind, if there is one.</summary>
    [Alias("Clear")] Task ClearAsync(string source, string kind);

    /// <summary>Says that a person has seen an alarm.</summary>
    /// <returns>False if there is no such alarm, or it was acknowledged before.</returns>
    [Alias("Acknowledge")] Task<bool> AcknowledgeAsync(string id);

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
    /// <summary>How it stands.</summary>
    public AlarmState State =>
        Cleared is not null ? AlarmState.Cleared : Acknowledged is not null ? AlarmState.Acknowledged : AlarmState.Active;
}
