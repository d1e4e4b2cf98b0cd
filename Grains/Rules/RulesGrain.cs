using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Weir.Database.Rules;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Rules;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Peers;

namespace Weir.Grains.Rules;

/// <summary>
/// Keeps the rules of a site in the database, and holds its topics against them once a second. Detections are looked at
/// where they come, by <see cref="CameraRulesGrain"/>.
/// </summary>
[KeepAlive]
internal sealed partial class RulesGrain(RuleTable table, TimeProvider time, ILogger<RulesGrain> logger) : Grain, IRulesGrain
{
    private const int MostRules = 1_000;
    private const int MostTopics = 100_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly SortedDictionary<string, Rule> rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicRule> topicRules = new(StringComparer.Ordinal);
    private long version;
    private readonly Dictionary<IPeer, long> numberVersions = [];
    private bool looksForNumbers;
    private long topicVersion;

    private IAlarmLogGrain Alarms => GrainFactory.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);

    private IBrokerGrain Broker => GrainFactory.GetGrain<IBrokerGrain>(ISiteGrain.Key);

    private long Now => (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Another one than that of a former activation.
        version = Now;
        foreach (var row in await table.ListAsync(cancellationToken))
            rules[row.Id] = new Rule(row.Id, JsonSerializer.Deserialize<RuleSettings>(row.Settings, Json)!, version);
        foreach (var rule in rules.Values) Watch(rule);
        this.RegisterGrainTimer(LookAsync, LookEvery, LookEvery);
    }

    public async Task PutAsync(string id, RuleSettings settings, string? who = null)
    {
        RuleCheck.Check(id, settings);
        if (rules.Count >= MostRules && !rules.ContainsKey(id)) throw new ArgumentException($"A site has at most {MostRules:#,0} rules.");
        var row = new RuleRow(id, settings.Name ?? id, settings.Kind.ToString(), JsonSerializer.Serialize(settings, Json), settings.Enabled);
        await table.PutAsync(row, who);
        version = Math.Max(version + 1, Now);
        rules[id] = new Rule(id, settings, version);
        await EndAsync(id);
        Watch(rules[id]);
    }

    public async Task<bool> RemoveAsync(string id, string? who = null)
    {
        if (!await table.RemoveAsync(id, who)) return false;
        version = Math.Max(version + 1, Now);
        rules.Remove(id);
        await EndAsync(id);
        return true;
    }

    public Task<RuleList> ListAsync() => Task.FromResult(new RuleList(version, [.. rules.Values]));

    // First nobody looks at it any more, and then what it has raised is over.
    private Task EndAsync(string id)
    {
        topicRules.Remove(id);
        return Alarms.ClearRuleAsync(id);
    }

    private void Watch(Rule rule)
    {
        if (rule.Settings.Enabled && rule.Settings.Kind != RuleKind.Detections) topicRules[rule.Id] = new TopicRule(rule, Alarms, Now);
        // A rule that is new wants to know of topics that were told of before.
        topicVersion = 0;
        numberVersions.Clear();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (topicRules.Count == 0 && !looksForNumbers) return;
        try
        {
            if (topicRules.Values.Any(rule => rule.Rule.Settings.Kind == RuleKind.Silence)) await HearAsync();
            if (topicRules.Values.Any(rule => rule.Rule.Settings.Kind == RuleKind.Value) || looksForNumbers) await ReadNumbersAsync();
        }
        catch (Exception e)
        {
            LogNoTopics(logger, e);
            return;
        }
        foreach (var rule in topicRules.Values.ToList())
        {
            try
            {
                await rule.LookAsync(Now);
            }
            catch (Exception e)
            {
                LogNotKept(logger, rule.Rule.Id, e);
            }
        }
    }

    private async Task HearAsync()
    {
        var changes = await Broker.GetTopicsAsync(topicVersion, MostTopics);
        foreach (var topic in changes.Topics)
            foreach (var rule in topicRules.Values.Where(rule => rule.Rule.Settings.Kind == RuleKind.Silence)) rule.Take(topic);
        topicVersion = changes.Version;
    }

    /// <summary>Asks the silos for the numbers in what their brokers carry; one that does not answer has gone or is about to.</summary>
    private async Task ReadNumbersAsync()
    {
        List<NumberPlace> places = [.. topicRules.Values.Where(rule => rule.Rule.Settings.Kind == RuleKind.Value)
            .Select(rule => new NumberPlace(rule.Rule.Id, rule.Rule.Settings.Topic!, rule.Rule.Settings.Field))];
        var peers = await GrainFactory.GetGrain<IPeersGrain>(ISiteGrain.Key).ListAsync();
        foreach (var gone in numberVersions.Keys.Except(peers).ToList()) numberVersions.Remove(gone);
        foreach (var (peer, asked) in peers.Select(peer => (peer, peer.GetNumbersAsync(places, numberVersions.GetValueOrDefault(peer)))).ToList())
        {
            try
            {
                var numbers = await asked.WaitAsync(PeerPatience, time);
                foreach (var number in numbers.Found) topicRules.GetValueOrDefault(number.Rule)?.Take(number);
                numberVersions[peer] = numbers.Version;
            }
            catch (Exception e)
            {
                LogNoNumbers(logger, e.Message);
            }
        }
        // Where nobody looks any more, the brokers have heard of it now.
        looksForNumbers = places.Count > 0;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A silo did not say which numbers its broker carries: {Reason}")]
    private static partial void LogNoNumbers(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The topics could not be asked for; rules over them wait.")]
    private static partial void LogNoTopics(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An alarm of rule {Rule} could not be kept; it is tried again.")]
    private static partial void LogNotKept(ILogger logger, string rule, Exception fault);
}
