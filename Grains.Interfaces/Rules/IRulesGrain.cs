using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Rules;

/// <summary>
/// The rules of a site: conditions over detections and topics that raise alarms, and clear them when they cease to hold.
/// The key is <see cref="Sites.ISiteGrain.Key"/>.
/// </summary>
[Alias("weir.IRulesGrain")]
public interface IRulesGrain : IGrainWithStringKey
{
    /// <summary>Sets a rule up, or changes it; what it has raised so far is cleared.</summary>
    /// <param name="id">1 to 50 letters, digits, <c>-</c> and <c>.</c>, beginning with a letter or a digit.</param>
    /// <param name="settings">What to set.</param>
    /// <param name="who">Who does it, for the record; null where that is not known.</param>
    /// <exception cref="ArgumentException">The id or a setting is not allowed, or there are too many; the message says which and why.</exception>
    [Alias("Put")] Task PutAsync(string id, RuleSettings settings, string? who = null);

    /// <summary>Removes a rule; what it has raised is cleared.</summary>
    /// <returns>False if there was none.</returns>
    [Alias("Remove")] Task<bool> RemoveAsync(string id, string? who = null);

    /// <summary>All rules, by id.</summary>
    [Alias("List"), AlwaysInterleave] Task<RuleList> ListAsync();
}

/// <summary>The rules of a site.</summary>
/// <param name="Version">Another one whenever the rules are others.</param>
/// <param name="Rules">By id.</param>
[GenerateSerializer, Immutable, Alias("weir.RuleList")]
public sealed record RuleList([property: Id(0)] long Version, [property: Id(1)] IReadOnlyList<Rule> Rules);

/// <summary>A rule.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Settings">What is set.</param>
/// <param name="Version">Another one whenever it is set.</param>
[GenerateSerializer, Immutable, Alias("weir.Rule")]
public sealed record Rule([property: Id(0)] string Id, [property: Id(1)] RuleSettings Settings, [property: Id(2)] long Version = 0);
