using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

public sealed class StoreLockTests
{
    [Fact]
    public async Task A_second_store_on_the_folder_is_refused_with_a_sentence_that_names_it()
    {
        await using var temporary = await TemporaryStore.CreateAsync();

        var refused = Assert.Throws<StoreLockedException>(temporary.Open);

        Assert.Equal(temporary.Folder, refused.Folder);
        Assert.Contains(temporary.Folder, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_was_disposed_leaves_the_folder_to_the_next()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.ReopenAsync();
        Assert.NotNull(await temporary.Store.DescribeAsync(TemporaryStore.Name));
    }
}
