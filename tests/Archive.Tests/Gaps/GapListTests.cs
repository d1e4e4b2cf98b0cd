namespace Weir.Archive.Tests.Gaps;

public sealed class GapListTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-gaps-").FullName;

    private string FilePath => Path.Combine(folder, "gaps.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Neighbours_of_one_cause_become_one_gap()
    {
        var gaps = GapList.Open(FilePath);
        gaps.Add(Gap(1, 100));
        gaps.Add(Gap(201, 300));
        gaps.Add(Gap(101, 200));
        Assert.Equal((1L, 300L, 300L), Range(Assert.Single(gaps.All)));

        gaps.Add(Gap(301, 310, MessageGapCause.Refused));
        Assert.Equal(2, gaps.All.Count);
    }

    [Fact]
    public void A_gap_that_is_known_is_not_counted_twice()
    {
        var gaps = GapList.Open(FilePath);
        gaps.Add(Gap(1, 100));
        gaps.Add(Gap(101, 200));
        gaps.Add(Gap(101, 200));
        Assert.Equal(200, Assert.Single(gaps.All).Messages);
    }

    [Fact]
    public void Gaps_outlive_a_restart()
    {
        GapList.Open(FilePath).Add(Gap(1, 5, MessageGapCause.CorruptFile));
        Assert.Equal(Gap(1, 5, MessageGapCause.CorruptFile), Assert.Single(GapList.Open(FilePath).All));
    }

    [Fact]
    public void A_list_that_cannot_be_written_is_known_and_written_later()
    {
        var gaps = GapList.Open(FilePath);
        Directory.CreateDirectory(FilePath + ".tmp");
        Assert.ThrowsAny<SystemException>(() => gaps.Add(Gap(1, 5)));
        Assert.Single(gaps.All);

        Directory.Delete(FilePath + ".tmp");
        gaps.Save();
        Assert.Single(GapList.Open(FilePath).All);
    }

    [Fact]
    public void A_list_that_cannot_be_understood_is_told_with_its_path()
    {
        File.WriteAllText(FilePath, "[{");
        Assert.Contains(FilePath, Assert.Throws<InvalidDataException>(() => GapList.Open(FilePath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_stays_small_and_loses_no_count()
    {
        var gaps = GapList.Open(FilePath);
        for (var i = 0; i < 1_001; i++) gaps.Add(Gap(i * 10, i * 10 + 1));
        Assert.InRange(gaps.All.Count, 1, 1_000);
        Assert.Equal(2_002, gaps.All.Sum(gap => gap.Messages));
    }

    [Fact]
    public void Only_unbroken_gaps_cover_a_range()
    {
        var gaps = GapList.Open(FilePath);
        gaps.Add(Gap(1, 10));
        gaps.Add(Gap(11, 20, MessageGapCause.Refused));
        gaps.Add(Gap(22, 30));
        Assert.True(gaps.Covers(5, 20));
        Assert.False(gaps.Covers(5, 22));
        Assert.Equal(2, gaps.Between(new MessageKey(10, 10), new MessageKey(15, 15)).Count);
        Assert.Equal(new MessageKey(30, 30), gaps.Last);
    }

    private static MessageGap Gap(long first, long last, MessageGapCause cause = MessageGapCause.Retention) =>
        new(new MessageKey(first, first), new MessageKey(last, last), last - first + 1, cause, DateTimeOffset.UnixEpoch, "Gone.");

    private static (long First, long Last, long? Messages) Range(MessageGap gap) => (gap.First.Sequence, gap.Last.Sequence, gap.Messages);
}
