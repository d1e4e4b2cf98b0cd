using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Timers;

namespace Orleans.Runtime;

/// <summary>
/// Keeps the schedule of all reminders of the table: the one silo serves them all. What others write to the table is
/// seen at the next refresh. Thread-safe.
/// </summary>
internal sealed partial class ReminderService(
    IServiceProvider services, IGrainFactory grains, IOptions<ReminderOptions> options, TimeProvider time,
    ILogger<ReminderService> logger)
    : IReminderService, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId GrainId, string Name), LocalReminder> _reminders = [];
    private CancellationTokenSource? _stop;
    private Task _refreshing = Task.CompletedTask;

    // What has changed while the table is read: what was read of it may be old. Null while it is not read.
    private HashSet<(GrainId GrainId, string Name)>? _changed;

    public TimeProvider Time => time;

    public ILogger Log => logger;

    private IReminderTable Table => services.GetService<IReminderTable>() ?? throw ReminderRegistry.NotConfigured();

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (services.GetService<IReminderTable>() is not { } table) return;
        lifecycle.Subscribe<ReminderService>(
            ServiceLifecycleStage.RuntimeGrainServices, token => StartTableAsync(table, token), table.StopAsync);
        lifecycle.Subscribe<ReminderService>(ServiceLifecycleStage.Active, _ => Start(), token => Stop().WaitAsync(token));
    }

    public Task Start()
    {
        lock (_gate)
        {
            if (_stop is not null) return Task.CompletedTask;
            _stop = new CancellationTokenSource();
            var token = _stop.Token;
            using (ExecutionContext.SuppressFlow()) _refreshing = Task.Run(() => RefreshAsync(token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    public async Task Stop()
    {
        LocalReminder[] reminders;
        lock (_gate)
        {
            if (_stop is null) return;
            _stop.Cancel();
            _stop.Dispose();
            _stop = null;
            reminders = [.. _reminders.Values];
            _reminders.Clear();
        }

        await _refreshing;
        await Task.WhenAll(reminders.Select(reminder => reminder.EndAsync()));
    }

    public async Task<IGrainReminder> RegisterOrUpdateReminder(
        GrainId grainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        var entry = new ReminderEntry
        {
            GrainId = grainId, ReminderName = reminderName, StartAt = time.GetUtcNow().UtcDateTime + dueTime, Period = period,
        };
        entry.ETag = await Table.UpsertRow(entry) ?? throw new ReminderException(
            $"reminder '{reminderName}' of grain '{grainId}' could not be stored, since somebody else writes it; try again");
        lock (_gate)
        {
            _changed?.Add((grainId, reminderName));
            Schedule(entry);
        }

        return new Reminder(grainId, reminderName, entry.ETag);
    }

    public async Task UnregisterReminder(IGrainReminder reminder)
    {
        var (grainId, name, etag) = reminder as Reminder ?? throw new ArgumentException(
            "only a reminder that was got from a grain can be unregistered", nameof(reminder));
        if (!await Table.RemoveRow(grainId, name, etag) && await Table.ReadRow(grainId, name) is not null)
        {
            throw new ReminderException(
                $"reminder '{name}' of grain '{grainId}' has changed since it was asked for; ask for it again");
        }

        lock (_gate)
        {
            _changed?.Add((grainId, name));
            if (_reminders.Remove((grainId, name), out var known)) _ = known.EndAsync();
        }
    }

    public async Task<IGrainReminder?> GetReminder(GrainId grainId, string reminderName) =>
        await Table.ReadRow(grainId, reminderName) is { } entry ? Reminder.Of(entry) : null;

    public async Task<List<IGrainReminder>> GetReminders(GrainId grainId) =>
        [.. (await Table.ReadRows(grainId)).Reminders.Select(Reminder.Of)];

    public void Dispose() => _stop?.Dispose();

    /// <summary>Lets a grain know of a tick.</summary>
    public Task TickAsync(ReminderEntry entry) => grains.GetGrain<IRemindable>(entry.GrainId).ReceiveReminder(
        entry.ReminderName, new TickStatus(entry.StartAt, entry.Period, time.GetUtcNow().UtcDateTime));

    private async Task StartTableAsync(IReminderTable table, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.InitializationTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await table.StartAsync(either.Token).WaitAsync(either.Token);
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = options.Value.RefreshReminderListPeriod;
            try
            {
                await ReadAllAsync();
            }
            catch (Exception exception)
            {
                LogFailedRefresh(logger, exception);
                if (s_retry < pause) pause = s_retry;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAllAsync()
    {
        lock (_gate) _changed = [];
        var stored = (await Table.ReadRows(0, 0)).Reminders;
        lock (_gate)
        {
            var old = _reminders.Keys.ToHashSet();
            old.ExceptWith(_changed);
            foreach (var entry in stored)
            {
                var key = (entry.GrainId, entry.ReminderName);
                old.Remove(key);
                if (_changed.Contains(key)) continue;
                if (!_reminders.TryGetValue(key, out var known) || known.ETag != entry.ETag) Schedule(entry);
            }

            foreach (var key in old)
            {
                if (_reminders.Remove(key, out var known)) _ = known.EndAsync();
            }

            _changed = null;
        }
    }

    private void Schedule(ReminderEntry entry)
    {
        if (_stop is null) return;
        var key = (entry.GrainId, entry.ReminderName);
        if (_reminders.Remove(key, out var known)) _ = known.EndAsync();
        _reminders.Add(key, new LocalReminder(this, entry));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The reminders could not be read; it is tried again")]
    private static partial void LogFailedRefresh(ILogger logger, Exception exception);

    /// <summary>What a grain gets of a reminder.</summary>
    [Immutable]
    private sealed record Reminder(GrainId GrainId, string ReminderName, string ETag) : IGrainReminder
    {
        public static Reminder Of(ReminderEntry entry) => new Reminder(entry.GrainId, entry.ReminderName, entry.ETag!);
    }
}
