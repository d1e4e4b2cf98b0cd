namespace Weir.Pravega.Tests;

public sealed class AdminTests(SharedServer shared) : OnServer(shared)
{
    [Fact]
    public async Task A_stream_can_be_deleted_and_made_anew_with_segments_of_other_names()
    {
        var stream = await StreamAsync();
        var before = (await Client.Controller.GetCurrentSegmentsAsync(stream, Stop))[0].Segment;
        await Assert.ThrowsAsync<PravegaConflictException>(() => Client.Controller.DeleteStreamAsync(stream, Stop));
        await Client.Controller.SealStreamAsync(stream, Stop);
        Assert.True(await Client.Controller.DeleteStreamAsync(stream, Stop));
        Assert.False(await Client.Controller.DeleteStreamAsync(stream, Stop));
        Assert.False(await Client.Controller.StreamExistsAsync(stream, Stop));
        await StreamAsync();

        var after = (await Client.Controller.GetCurrentSegmentsAsync(stream, Stop))[0].Segment;
        Assert.NotEqual(before, after);
    }
}
