using System.Runtime.CompilerServices;
using Orleans.Runtime;
using Weir.Archive;
using Weir.Grains.Alarms;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Sites;
using MessageGap = Weir.Grains.Interfaces.Exchanges.MessageGap;
using MessagePage = Weir.Grains.Interfaces.Exchanges.MessagePage;
using MessageQuery = Weir.Grains.Interfaces.Exchanges.MessageQuery;
using RetentionPreview = Weir.Grains.Interfaces.Exchanges.RetentionPreview;

namespace Weir.Grains.Exchanges;

/// <summary>
/// Configures, supervises and asks an exchange of this process. The exchange itself lives in <see cref="ExchangeSet"/>:
/// it takes the messages of this process's broker whether or not the grain is busy. Those of other silos' brokers come in
/// bundles through the grain.
/// </summary>
[KeepAlive]
internal sealed class ExchangeGrain(
    [PersistentState("exchange", SiteStorage.Name)] IPersistentState<ExchangeGrainState> state, ExchangeSet exchanges)
    : Grain, IExchangeGrain, IExchangeIntakeGrain
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private Exchange? exchange;
    private StandingAlarm archiving = null!;
    private StandingAlarm gaps = null!;
    private StandingAlarm misfits = null!;

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var log = GrainFactory.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);
        archiving = new StandingAlarm(log, $"exchange/{Name}", "archive");
        gaps = new StandingAlarm(log, $"exchange/{Name}", "gap");
        misfits = new StandingAlarm(log, $"exchange/{Name}", "schema");
        this.RegisterGrainTimer(LookAsync, LookEvery, LookEvery);
        if (state.State.Settings is { } settings)
            exchange = await exchanges.OpenAsync(ExchangeMapping.ToOptions(Name, settings), cancellationToken);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => exchanges.CloseAsync(Name);

    public async Task ApplyAsync(ExchangeSettings settings)
    {
        if (settings.Filters is not { Count: > 0 })
            throw new ArgumentException($"exchange '{Name}': filters must name at least one MQTT topic filter, such as plant/#.");
        var options = ExchangeMapping.ToOptions(Name, settings);
        exchanges.CheckKey(options);
        exchange = await exchanges.OpenAsync(options);
        state.State.Settings = settings;
        await state.WriteStateAsync();
    }

    public Task<ExchangeSettings?> GetSettingsAsync() => Task.FromResult(state.State.Settings);

    public Task<ExchangeStatus> GetStatusAsync()
    {
        var open = Open();
        return Task.FromResult(ExchangeMapping.ToStatus(state.State.Settings!, open.Statistics));
    }

    public async Task<MessagePage> QueryAsync(MessageQuery query, CancellationToken cancellationToken = default) =>
        ExchangeMapping.ToPage(await Open().QueryAsync(ExchangeMapping.ToQuery(query), cancellationToken));

    public async IAsyncEnumerable<MessagePage> ReadAsync(MessageQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in Open().ReadAsync(ExchangeMapping.ToQuery(query), cancellationToken)) yield return ExchangeMapping.ToPage(page);
    }

    public async IAsyncEnumerable<byte[]> ExportAsync(
        IReadOnlyList<MessageQuery> ranges, bool encrypted = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = exchanges.TemporaryFile();
        try
        {
            await Open().ExportAsync([.. ranges.Select(ExchangeMapping.ToQuery)], path, encrypted, cancellationToken);
            await foreach (var piece in HistoryBytes.ReadAsync(path, cancellationToken)) yield return piece;
        }
        finally
        {
            File.Delete(path);
        }
    }

    public async Task<long> CountAsync(MessageQuery query, CancellationToken cancellationToken = default) =>
        (await Open().CountAsync(ExchangeMapping.ToQuery(query), cancellationToken)).Messages;

    public async Task<string?> GetRingStartAsync(CancellationToken cancellationToken = default) =>
        (await Open().RingFromAsync(cancellationToken))?.ToString();

    public Task<IReadOnlyList<HistoryFile>> ListFilesAsync(MessageQuery range)
    {
        var held = Open().HoldFiles(ExchangeMapping.ToQuery(range));
        IReadOnlyList<HistoryFile> files = [.. held.Select(file => new HistoryFile(file.Name, file.Bytes, file.Rows))];
        foreach (var file in held) file.Dispose();
        return Task.FromResult(files);
    }

    public async IAsyncEnumerable<byte[]> ReadFileAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var held = Open().HoldFiles(new Archive.MessageQuery(0, long.MaxValue));
        try
        {
            var file = held.FirstOrDefault(candidate => candidate.Name == name)
                ?? throw new KeyNotFoundException($"The exchange '{Name}' has no file '{name}' any more.");
            await foreach (var piece in HistoryBytes.ReadAsync(file.Path, cancellationToken)) yield return piece;
        }
        finally
        {
            foreach (var file in held) file.Dispose();
        }
    }

    public async Task<SchemaTrial> TrySchemaAsync(ExchangeSchema? schema, int messages = 1_000, CancellationToken cancellationToken = default) =>
        SchemaMapping.Of(await Open().TrySchemaAsync(SchemaMapping.ToSchema(schema), messages, cancellationToken));

    public async Task<SqlResult> SqlAsync(SqlQuestion question, CancellationToken cancellationToken = default) =>
        ExchangeMapping.ToResult(await Open().SqlAsync(question.Sql, ExchangeMapping.ToLimits(question), cancellationToken));

    public Task FlushAsync(CancellationToken cancellationToken = default) => Open().FlushAsync(cancellationToken);

    public Task<RetentionPreview> PreviewRetentionAsync(ExchangeSettings? settings)
    {
        var asked = settings is null ? null : ExchangeMapping.ToOptions(Name, settings);
        if (asked?.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join("; ", problems) + ".");
        return Task.FromResult(ExchangeMapping.ToPreview(Open().PreviewRetention(asked?.Retention)));
    }

    public Task<IReadOnlyList<MessageGap>> GetGapsAsync() =>
        Task.FromResult<IReadOnlyList<MessageGap>>([.. Open().Statistics.Gaps.Select(ExchangeMapping.ToGap)]);

    public async Task AcceptAsync(MessageBundle bundle, CancellationToken cancellationToken)
    {
        if (exchange is not null) await exchange.AcceptAsync(bundle.Read(), cancellationToken);
    }

    public async Task RemoveAsync()
    {
        exchange = null;
        await exchanges.CloseAsync(Name);
        await state.ClearStateAsync();
        await archiving.FollowAsync(null);
        await gaps.FollowAsync(null);
        await misfits.FollowAsync(null);
        DeactivateOnIdle();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (exchange is null) return;
        var statistics = exchange.Statistics;
        await archiving.FollowAsync(statistics.ArchiveError ?? (statistics.IsHeldBack
            ? "Publishers wait: three quarters of the stream's budget are full of messages that have no file yet."
            : null));
        await misfits.FollowAsync(statistics.Schema?.Problem);
        // What the retention that a person has set lets go is no alarm; everything else that is missing is.
        var missing = statistics.Gaps.Where(gap => gap.Cause != MessageGapCause.Retention).ToList();
        await gaps.FollowAsync(missing.Count == 0 ? null : $"{missing.Count} gaps; the latest: {missing[^1].Detail}");
    }

    private Exchange Open() => exchange ?? throw new KeyNotFoundException($"There is no exchange '{Name}' on this site.");
}
