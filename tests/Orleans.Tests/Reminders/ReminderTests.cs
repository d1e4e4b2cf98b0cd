using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Reminders;

/// <summary>https://learn.microsoft.com/dotnet/orleans/grains/timers-and-reminders</summary>
public sealed class ReminderTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_reminder_ticks_by_its_schedule_and_activates_its_grain()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<IReminded>("a");
        var before = DateTime.UtcNow;

        await grain.Remind("wash", s_soon, s_period);
        await grain.End();
        await Eventually.IsTrueAsync(() => Ticks(silo, "a wash").Length >= 3, "three ticks");

        var ticks = Ticks(silo, "a wash");
        var first = ticks[0].Status.FirstTickTime;
        Assert.InRange(first, before + s_soon, DateTime.UtcNow);
        Assert.All(ticks, tick => Assert.Equal(s_period, tick.Status.Period));
        Assert.All(ticks, tick => Assert.True(tick.Status.CurrentTickTime >= first));
    }

    [Fact]
    public async Task Ticks_are_requests_and_do_not_overlap()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<IReminded>("slow");

        await grain.Remind("wash", TimeSpan.Zero, TimeSpan.FromMilliseconds(20));

        await Eventually.IsTrueAsync(() => Ticks(silo, "slow wash").Length >= 3, "three ticks");
        Assert.Equal(1, await grain.MostAtOnce());
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_end_the_reminder()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<IReminded>("fails");

        await grain.Remind("wash", s_soon, s_period);

        await Eventually.IsTrueAsync(() => Ticks(silo, "fails wash").Length >= 3, "three ticks though each fails");
    }

    [Fact]
    public async Task A_reminder_of_the_same_name_takes_the_place_of_the_one_before()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<IReminded>("a");

        await grain.Remind("wash", s_soon, s_period);
        await Eventually.IsTrueAsync(() => Ticks(silo, "a wash").Length >= 1, "a tick");
        await grain.Remind("wash", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await grain.Remind("cook", TimeSpan.FromHours(1), TimeSpan.FromHours(1));

        Assert.Equal(["cook", "wash"], (await grain.Reminders()).Order());
        var ticks = Ticks(silo, "a wash").Length;
        await Task.Delay(s_period * 3, TestContext.Current.CancellationToken);
        Assert.Equal(ticks, Ticks(silo, "a wash").Length);
    }

    [Fact]
    public async Task A_reminder_that_is_unregistered_ticks_no_more()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<IReminded>("a");
        await grain.Remind("wash", s_soon, s_period);
        await Eventually.IsTrueAsync(() => Ticks(silo, "a wash").Length >= 1, "a tick");

        await grain.Forget("wash");

        Assert.Empty(await grain.Reminders());
        var ticks = Ticks(silo, "a wash").Length;
        await Task.Delay(s_period * 3, TestContext.Current.CancellationToken);
        Assert.Equal(ticks, Ticks(silo, "a wash").Length);
    }

    [Fact]
    public async Task A_reminder_survives_a_restart()
    {
        var table = new KeptReminders();
        await using var silo = await StartAsync(table);
        await silo.Client.GetGrain<IReminded>("a").Remind("wash", s_soon, s_period);
        await Eventually.IsTrueAsync(() => Ticks(silo, "a wash").Length >= 1, "a tick");

        await silo.RestartAsync();

        await Eventually.IsTrueAsync(() => Ticks(silo, "a wash").Length >= 2, "ticks of the new silo");
        Assert.Equal(["wash"], await silo.Client.GetGrain<IReminded>("a").Reminders());
    }

    [Fact]
    public async Task Ticks_that_were_missed_are_not_made_up_for_and_the_next_comes_in_its_time()
    {
        // "If the cluster is down when a reminder should fire, that tick is missed; only the next one happens."
        var table = new KeptReminders();
        var first = DateTime.UtcNow - TimeSpan.FromHours(10) + TimeSpan.FromSeconds(4);
        await table.UpsertRow(new ReminderEntry
        {
            GrainId = GrainId.Create("reminded", "a"), ReminderName = "wash", StartAt = first, Period = TimeSpan.FromHours(1),
        });

        await using var silo = await StartAsync(table);
        await Eventually.IsTrueAsync(() => Ticks(silo, "a wash").Length >= 1, "the next tick");

        var tick = Assert.Single(Ticks(silo, "a wash"));
        Assert.Equal(first, tick.Status.FirstTickTime);
        Assert.True(tick.Status.CurrentTickTime >= first + TimeSpan.FromHours(10), $"ticked at {tick.Status.CurrentTickTime:O}");
    }

    [Fact]
    public async Task Times_out_of_range_are_refused()
    {
        await using var silo = await StartAsync(minimum: TimeSpan.FromMinutes(1));
        var grain = silo.Client.GetGrain<IReminded>("a");

        var error = await Assert.ThrowsAnyAsync<ArgumentException>(
            () => grain.Remind("wash", TimeSpan.Zero, TimeSpan.FromSeconds(59)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => grain.Remind("wash", TimeSpan.FromSeconds(-1), TimeSpan.FromHours(1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => grain.Remind("wash", TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => grain.Remind("", TimeSpan.Zero, TimeSpan.FromHours(1)));

        Assert.Contains("00:01:00", error.Message, StringComparison.Ordinal);
        Assert.Empty(await grain.Reminders());
    }

    [Fact]
    public async Task A_grain_that_can_not_be_reminded_is_refused_a_reminder()
    {
        await using var silo = await StartAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            silo.Client.GetGrain<IForgetful>("x").Remind);

        Assert.Contains("forgetful/x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_option_is_said_at_the_start()
    {
        await using var silo = Build(new KeptReminders(), TimeSpan.FromSeconds(-1));

        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(silo.StartHostAsync);

        Assert.Contains("MinimumReminderPeriod", error.Message, StringComparison.Ordinal);
    }

    private static Tick[] Ticks(TestSilo silo, string of) =>
        [.. silo.Services.GetRequiredService<Ticks>().All.Where(tick => tick.Name == of)];

    private static async Task<TestSilo> StartAsync(KeptReminders? table = null, TimeSpan? minimum = null)
    {
        var silo = Build(table, minimum ?? TimeSpan.FromMilliseconds(1));
        await silo.StartHostAsync();
        return silo;
    }

    private static TestSilo Build(KeptReminders? table, TimeSpan minimum)
    {
        // Kept beside the silo, which is restarted.
        var ticks = new Ticks();
        return TestSilo.Build(builder =>
        {
            if (table is null) builder.UseInMemoryReminderService();
            else builder.AddReminders().ConfigureServices(services => services.AddSingleton<IReminderTable>(table));
            builder.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = minimum);
            builder.Services.AddSingleton(ticks);
        });
    }
}

internal sealed record Tick(string Name, TickStatus Status);

internal sealed class Ticks
{
    public ConcurrentQueue<Tick> All { get; } = new();
}

internal interface IReminded : IGrainWithStringKey
{
    Task Remind(string name, TimeSpan dueTime, TimeSpan period);

    Task Forget(string name);

    Task<List<string>> Reminders();

    Task<int> MostAtOnce();

    Task End();
}

internal sealed class RemindedGrain(Ticks ticks) : Grain, IReminded, IRemindable
{
    private int _atOnce;
    private int _mostAtOnce;

    private string Name => this.GetPrimaryKeyString();

    public Task Remind(string name, TimeSpan dueTime, TimeSpan period) =>
        this.RegisterOrUpdateReminder(name, dueTime, period);

    public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task<List<string>> Reminders() => [.. (await this.GetReminders()).Select(one => one.ReminderName)];

    public Task<int> MostAtOnce() => Task.FromResult(_mostAtOnce);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        _mostAtOnce = Math.Max(_mostAtOnce, ++_atOnce);
        ticks.All.Enqueue(new Tick($"{Name} {reminderName}", status));
        if (Name == "slow") await Task.Delay(100);
        _atOnce--;
        if (Name == "fails") throw new InvalidOperationException("a tick fails");
    }
}

internal interface IForgetful : IGrainWithStringKey
{
    Task Remind();
}

internal sealed class ForgetfulGrain : Grain, IForgetful
{
    public Task Remind() => this.RegisterOrUpdateReminder("wash", TimeSpan.Zero, TimeSpan.FromHours(1));
}
