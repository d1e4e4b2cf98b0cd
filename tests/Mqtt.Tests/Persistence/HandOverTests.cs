using System.Collections.Concurrent;
using System.Text;

namespace Weir.Mqtt.Tests.Persistence;

/// <summary>QoS 2 on its way to who keeps it when the broker crashes: that must be able to tell a repeat from a new message.</summary>
public sealed class HandOverTests
{
    private static readonly Properties Lasting = new() { SessionExpiryInterval = 3600 };

    private CrashedJournal journal = new();

    [Fact]
    public async Task What_was_handed_over_before_a_crash_comes_again_marked_and_with_the_same_time()
    {
        var keeper = new Keeper();
        await using (var broker = await StartAsync(keeper))
        {
            await using var publisher = await OpenAsync(broker);
            // The keeper has it, and the broker crashes before its journal knows that.
            keeper.Then = _ => { journal = journal.Crash(); return default; };
            await publisher.PublishAsync("a", "once", 2, 9);
            await Poll.UntilAsync(() => keeper.Got.Count == 1, "the keeper has the message");
        }
        keeper.Then = null;
        await using var next = await StartAsync(keeper);
        await using var back = await OpenAsync(next);
        Assert.True(back.Connack.SessionPresent);
        await back.PublishAsync("a", "once", 2, 9, duplicate: true);
        await back.PublishAsync("a", "another", 2, 10);
        Assert.Equal(9, (await back.ReceiveAcknowledgementAsync(PacketType.Pubrec)).PacketIdentifier);
        Assert.Equal(10, (await back.ReceiveAcknowledgementAsync(PacketType.Pubrec)).PacketIdentifier);

        var (first, again, another) = keeper.Three();
        Assert.Equal(("once", false), (first.Payload, first.MayBeKept));
        Assert.Equal(("once", true, first.Time), (again.Payload, again.MayBeKept, again.Time));
        Assert.Equal(("another", false), (another.Payload, another.MayBeKept));
        Assert.NotEqual(first.Time, another.Time);
    }

    [Fact]
    public async Task The_keeper_has_nothing_of_qos_2_before_the_journal_knows_of_it()
    {
        var keeper = new Keeper();
        await using var broker = await StartAsync(keeper);
        await using var publisher = await OpenAsync(broker);
        journal.Hold();
        await publisher.PublishAsync("a", "1", 2, 1);
        await Poll.UntilAsync(() => broker.Broker.GetClient("p")!.Status.MessagesReceived == 1, "the message has come");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Empty(keeper.Got);
        journal.LetGo();
        await publisher.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        Assert.Single(keeper.Got);
    }

    [Fact]
    public async Task Messages_that_come_together_have_times_of_their_own_that_are_not_ahead_of_the_clock()
    {
        var keeper = new Keeper();
        await using var broker = await StartAsync(keeper);
        await using var publisher = await OpenAsync(broker);
        await publisher.SendAsync([.. Enumerable.Range(1, 200).SelectMany(i => RawConnection.PublishBytes(MqttVersion.V5, "a", "same", 2, (ushort)i))]);
        for (var i = 0; i < 200; i++) await publisher.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        var times = keeper.Got.Select(got => got.Time).ToList();
        Assert.Equal(200, times.Distinct().Count());
        Assert.All(keeper.Got, got => Assert.True(got.Time <= got.Now, $"{got.Time} is after {got.Now}."));
    }

    [Fact]
    public async Task The_identifier_of_a_message_that_was_refused_belongs_to_the_next_one()
    {
        var keeper = new Keeper { Then = batch => { batch.Reject(0, ReasonCode.QuotaExceeded); return default; } };
        await using (var broker = await StartAsync(keeper))
        {
            await using var publisher = await OpenAsync(broker);
            await publisher.PublishAsync("a", "refused", 2, 9);
            Assert.Equal(ReasonCode.QuotaExceeded, (await publisher.ReceiveAcknowledgementAsync(PacketType.Pubrec)).Reason);
            // So that the journal has all before.
            await publisher.SubscribeAsync("x", 0);
            journal = journal.Crash();
        }
        keeper.Then = null;
        await using var next = await StartAsync(keeper);
        await using var back = await OpenAsync(next);
        await back.PublishAsync("a", "new", 2, 9);
        await back.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        Assert.Equal(("new", false), (keeper.Got.Last().Payload, keeper.Got.Last().MayBeKept));
    }

    [Fact]
    public async Task What_may_be_kept_is_not_forgotten_when_the_journal_is_told_anew()
    {
        var keeper = new Keeper();
        await using (var broker = await StartAsync(keeper))
        {
            await using var publisher = await OpenAsync(broker);
            keeper.Then = _ => { journal = journal.Crash(); return default; };
            await publisher.PublishAsync("a", "once", 2, 9);
            await Poll.UntilAsync(() => keeper.Got.Count == 1, "the keeper has the message");
        }
        keeper.Then = null;
        // Its publisher stays away while the journal is told anew.
        await using (var second = await TestBroker.StartAsync(o => o.JournalCompactBytes = 65_536, handler: keeper, journal: journal))
        {
            await using var busy = await second.OpenAsync("busy", MqttVersion.V5, clean: false, properties: Lasting);
            await busy.SubscribeAsync("busy", 1);
            for (ushort i = 1; journal.Snapshots < 2; i++)
            {
                Assert.True(i < 60_000, "The journal was not told anew.");
                await busy.PublishAsync("busy", new string('x', 1000), 1, i);
                await busy.AcknowledgeAsync(PacketType.Puback, (await busy.ReceivePublishAmongOthersAsync()).Id);
            }
            journal = journal.Crash();
        }
        await using var third = await StartAsync(keeper);
        await using var back = await OpenAsync(third);
        await back.PublishAsync("a", "once", 2, 9, duplicate: true);
        await back.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        Assert.Equal(("once", true, keeper.Got.First().Time), (keeper.Got.Last().Payload, keeper.Got.Last().MayBeKept, keeper.Got.Last().Time));
    }

    private Task<TestBroker> StartAsync(IPublishHandler keeper) => TestBroker.StartAsync(handler: keeper, journal: journal);

    private static Task<RawConnection> OpenAsync(TestBroker broker) => broker.OpenAsync("p", MqttVersion.V5, clean: false, properties: Lasting);

    private sealed record Kept(string Payload, bool MayBeKept, long Time, long Now);

    /// <summary>Notes what it is given, as an exchange would keep it.</summary>
    private sealed class Keeper : IPublishHandler
    {
        public ConcurrentQueue<Kept> Got { get; } = new();

        public Func<PublishBatch, ValueTask>? Then { get; set; }

        public (Kept First, Kept Second, Kept Third) Three()
        {
            var all = Got.ToArray();
            Assert.Equal(3, all.Length);
            return (all[0], all[1], all[2]);
        }

        public ValueTask HandleAsync(PublishBatch batch, CancellationToken cancellationToken)
        {
            var now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            foreach (var message in batch.Messages)
            {
                Got.Enqueue(new Kept(Encoding.UTF8.GetString(message.Payload.Span), message.MayBeKept, message.Timestamp, now));
            }
            return Then?.Invoke(batch) ?? default;
        }
    }
}
