namespace Weir.Archive.Tests.Exchanges;

public sealed class MessageKeyClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Keys_stay_at_the_newest_time_while_the_clock_is_an_hour_back_and_say_when_messages_really_came()
    {
        var clock = new StepClock { Now = Noon };
        await using var site = new Site(clock);
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(Site.Numbered(0, 10));
        clock.Now = Noon.AddHours(-1);
        await exchange.AcceptAsync(Site.Numbered(10, 10));
        await exchange.FlushAsync();
        clock.Now = Noon.AddMinutes(1);
        await exchange.AcceptAsync(Site.Numbered(20, 10));

        var all = await exchange.AllAsync();
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), all.Select(message => message.Key.Sequence));
        Assert.Equal([Noon, Noon, Noon.AddMinutes(1)], new[] { all[0], all[15], all[25] }.Select(message => Time(message.Key.TimestampMicros)));
        Assert.Equal([Noon, Noon.AddHours(-1), Noon.AddMinutes(1)], new[] { all[0], all[15], all[25] }.Select(message => Time(message.ReceivedMicros)));
    }

    [Fact]
    public async Task No_key_comes_twice_or_back_however_the_clock_jumps_over_lives()
    {
        var random = new Random(11);
        var clock = new StepClock { Now = Noon };
        await using var site = new Site(clock);
        var keys = new List<MessageKey>();
        for (var life = 0; life < 6; life++)
        {
            await using var exchange = await site.OpenAsync();
            for (var batch = 0; batch < 30; batch++)
            {
                var range = await exchange.AcceptAsync(Site.Numbered(0, random.Next(1, 20)));
                for (var sequence = range.First.Sequence; sequence <= range.Last.Sequence; sequence++) keys.Add(new MessageKey(range.First.TimestampMicros, sequence));
                clock.Now += TimeSpan.FromSeconds(random.Next(-4_000, 4_000));
            }
            if (life % 2 == 0) await exchange.FlushAsync();
        }
        Assert.Equal(keys.Order(), keys);
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal(Enumerable.Range(1, keys.Count).Select(i => (long)i), keys.Select(key => key.Sequence));
        await using var last = await site.OpenAsync();
        Assert.Equal(keys, (await last.AllAsync()).Select(message => message.Key));
    }

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    /// <summary>A clock that can be set, also back; timers go by the system's.</summary>
    private sealed class StepClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
