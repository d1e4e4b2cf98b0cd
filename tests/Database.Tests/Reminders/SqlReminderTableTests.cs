using Orleans;
using Orleans.Runtime;
using Weir.Database.Reminders;

namespace Weir.Database.Tests.Reminders;

public sealed class SqliteReminderTableTests() : SqlReminderTableFacts(new SqliteTestDatabase());

public sealed class MySqlReminderTableTests(MySqlServer server) : SqlReminderTableFacts(new MySqlTestDatabase(server));

public abstract class SqlReminderTableFacts(TestDatabase database) : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("meter", "one");
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    public void Dispose()
    {
        database.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_reminder_survives_the_process_that_made_it()
    {
        var etag = await Open().UpsertRow(Reminder(Grain, "count", TimeSpan.FromMinutes(3)));

        var read = await Open().ReadRow(Grain, "count");

        Assert.NotNull(read);
        Assert.Equal((Grain, "count", Noon, TimeSpan.FromMinutes(3), etag), (read.GrainId, read.ReminderName, read.StartAt, read.Period, read.ETag));
        Assert.Equal(DateTimeKind.Utc, read.StartAt.Kind);
        Assert.Null(await Open().ReadRow(Grain, "other"));
    }

    [Fact]
    public async Task A_reminder_that_is_set_again_is_one_reminder_with_a_new_e_tag()
    {
        var table = Open();
        var first = await table.UpsertRow(Reminder(Grain, "count", TimeSpan.FromMinutes(3)));
        var second = await table.UpsertRow(Reminder(Grain, "count", TimeSpan.FromMinutes(5)));

        Assert.NotEqual(first, second);
        Assert.Equal(TimeSpan.FromMinutes(5), Assert.Single((await table.ReadRows(Grain)).Reminders).Period);
    }

    [Fact]
    public async Task Only_who_knows_the_e_tag_removes_a_reminder()
    {
        var table = Open();
        var old = await table.UpsertRow(Reminder(Grain, "count", TimeSpan.FromMinutes(3)));
        var etag = await table.UpsertRow(Reminder(Grain, "count", TimeSpan.FromMinutes(3)));

        Assert.False(await table.RemoveRow(Grain, "count", old!));
        Assert.True(await table.RemoveRow(Grain, "count", etag!));
        Assert.False(await table.RemoveRow(Grain, "count", etag!));
        Assert.Empty((await table.ReadRows(Grain)).Reminders);
    }

    [Fact]
    public async Task Every_range_of_the_ring_has_its_grains_reminders_and_no_other()
    {
        var table = Open();
        var grains = Enumerable.Range(0, 40).Select(i => GrainId.Create("meter", $"{i}")).ToList();
        foreach (var grain in grains) await table.UpsertRow(Reminder(grain, "count", TimeSpan.FromMinutes(1)));
        uint[] cuts = [0x4000_0000, 0x9000_0000, 0xE000_0000];

        foreach (var (begin, end) in cuts.Zip(cuts.Skip(1).Append(cuts[0])))
        {
            var expected = grains.Where(grain => begin < end
                ? grain.GetUniformHashCode() > begin && grain.GetUniformHashCode() <= end
                : grain.GetUniformHashCode() > begin || grain.GetUniformHashCode() <= end);
            Assert.Equal(
                expected.Select(grain => grain.ToString()).Order(StringComparer.Ordinal),
                (await table.ReadRows(begin, end)).Reminders.Select(reminder => reminder.GrainId.ToString()).Order(StringComparer.Ordinal));
        }
        // A silo that is alone has all of the ring.
        Assert.Equal(40, (await table.ReadRows(7, 7)).Reminders.Count);
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_name_is_just_a_name(string name)
    {
        await Open().UpsertRow(Reminder(Grain, name, TimeSpan.FromMinutes(1)));

        Assert.Equal(name, (await Open().ReadRow(Grain, name))?.ReminderName);
    }

    private SqlReminderTable Open() => new(database.Open());

    private static ReminderEntry Reminder(GrainId grain, string name, TimeSpan period) =>
        new() { GrainId = grain, ReminderName = name, StartAt = Noon, Period = period };
}
