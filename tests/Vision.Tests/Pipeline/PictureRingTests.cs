using Weir.Vision.Pipeline;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>Who waits for pictures, and gets them.</summary>
public sealed class PictureRingTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(30);
    private readonly PictureRing ring = new(4);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_who_wait_get_the_newest_picture_and_who_comes_late_has_missed_some()
    {
        var (one, other) = (OtherAsync(0), OtherAsync(0));
        Assert.False(one.IsCompleted || other.IsCompleted);

        Add(1);

        Assert.Equal((1, 1), ((await one)!.Value.FrameNumber, (await other)!.Value.FrameNumber));
        Add(2);
        Add(3);
        Assert.Equal(3, (await OtherAsync(1))!.Value.FrameNumber);
        Assert.Null(await ring.WaitOtherAsync(3, Short, TimeProvider.System, Stop));
        // Of another pipeline, whose numbers were higher.
        Assert.Equal(3, (await OtherAsync(70))!.Value.FrameNumber);
    }

    [Fact]
    public async Task A_frames_own_picture_is_waited_for_and_not_found_once_it_was_replaced()
    {
        var third = ring.WaitAsync(3, Long, TimeProvider.System, Stop).AsTask();
        Add(1);
        Add(2);
        Assert.False(third.IsCompleted);

        Add(3);

        Assert.Equal(3, (await third)!.Value.FrameNumber);
        for (var number = 4; number <= 7; number++) Add(number);
        Assert.Null(await ring.WaitAsync(3, Long, TimeProvider.System, Stop));
        Assert.Null(await ring.WaitAsync(8, Short, TimeProvider.System, Stop));
    }

    [Fact]
    public async Task When_the_camera_has_stopped_nobody_waits_any_longer()
    {
        Add(1);
        var waiting = OtherAsync(1);

        ring.Close();

        // Long before its own patience is over.
        Assert.Null(await waiting.WaitAsync(Long / 8, Stop));
        Assert.Null(await OtherAsync(1).WaitAsync(Long / 8, Stop));
        Assert.Equal(1, (await OtherAsync(0))!.Value.FrameNumber);
    }

    private Task<Picture?> OtherAsync(long than) => ring.WaitOtherAsync(than, Long, TimeProvider.System, Stop).AsTask();

    private void Add(long number) => ring.Add(new Picture(number, number * 100_000, number, new byte[] { 1 }));
}
