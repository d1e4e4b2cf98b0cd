using Weir.Database.Alarms;
using Weir.Grains.Interfaces.Alarms;

namespace Weir.Grains.Alarms;

/// <summary>The alarms of a site, kept in the database.</summary>
internal sealed class AlarmLogGrain(AlarmTable alarms, TimeProvider time) : Grain, IAlarmLogGrain
{
    private const int MostListed = 500;

    public async Task<string?> RaiseAsync(string source, string kind, string message, string? rule)
    {
        var id = Guid.CreateVersion7().ToString("N");
        return await alarms.RaiseAsync(id, source, kind, message, time.GetUtcNow(), rule) ? id : null;
    }

    public Task ClearAsync(string source, string kind) => alarms.ClearAsync(source, kind, time.GetUtcNow());

    public Task ClearSourceAsync(string source) => alarms.ClearSourceAsync(source, time.GetUtcNow());

    public Task ClearRuleAsync(string rule) => alarms.ClearRuleAsync(rule, time.GetUtcNow());

    public Task AddEvidenceAsync(string id, string sha256) => alarms.AddEvidenceAsync(id, sha256, time.GetUtcNow());

    public Task<bool> AcknowledgeAsync(string id, string? who, string? note) => alarms.AcknowledgeAsync(id, time.GetUtcNow(), who, note);

    public async Task<IReadOnlyList<AlarmStep>> GetHistoryAsync(string id) =>
        [.. (await alarms.HistoryAsync(id)).Select(step => new AlarmStep(step.Change, step.At, step.UserName, step.Note))];

    public Task<IReadOnlyList<string>> GetEvidenceAsync(string id) => alarms.ListEvidenceAsync(id);

    public async Task<IReadOnlyList<Alarm>> ListAsync(DateTimeOffset since) =>
        [.. (await alarms.ListAsync(since, MostListed)).Select(row => new Alarm(
            row.Id, row.Source, row.Kind, row.Message, row.Raised, row.Acknowledged, row.Cleared)
        {
            Rule = row.RuleId, AcknowledgedBy = row.AcknowledgedBy,
        })];
}
