using System.Text;

namespace Weir.Pravega.Tests;

public sealed class TransactionTests(SharedServer shared) : OnServer(shared)
{
    [Fact]
    public async Task A_transaction_that_is_committed_after_a_scale_comes_in_and_order_is_kept()
    {
        var stream = await StreamAsync();
        await using var writer = await Client.OpenWriterAsync(stream);
        await writer.WriteAsync("k", "1"u8, Stop);
        await using var transaction = await Client.BeginTransactionAsync(stream, cancellationToken: Stop);
        await transaction.WriteAsync("k", "3"u8);
        await transaction.FlushAsync(Stop);
        await Client.Controller.ScaleAsync(stream, [0], [(0, 0.5), (0.5, 1)], Stop);
        await writer.WriteAsync("k", "2"u8, Stop);
        Assert.Equal(TransactionStatus.Open, await transaction.GetStatusAsync(Stop));
        await transaction.CommitAsync(cancellationToken: Stop);
        Assert.Equal(TransactionStatus.Committed, await transaction.GetStatusAsync(Stop));
        await writer.WriteAsync("k", "4"u8, Stop);
        await Client.Controller.SealStreamAsync(stream, Stop);

        var texts = new List<string>();
        await using var reader = await Client.OpenReaderAsync(stream);
        await foreach (var e in reader.ReadEventsAsync(Stop)) texts.Add(Encoding.UTF8.GetString(e.Payload.Span));
        Assert.Equal(["1", "2", "3", "4"], texts);
    }

    [Fact]
    public async Task An_aborted_transaction_takes_no_events_and_says_so()
    {
        var stream = await StreamAsync();
        await using var transaction = await Client.BeginTransactionAsync(stream, cancellationToken: Stop);
        await transaction.WriteAsync("k", "x"u8);
        await transaction.FlushAsync(Stop);
        await Client.Controller.AbortTransactionAsync(stream, transaction.Id, Stop);

        var told = await Assert.ThrowsAsync<PravegaTransactionException>(async () =>
        {
            using var limit = new CancellationTokenSource(Patience);
            while (true)
            {
                await transaction.WriteAsync("k", "y"u8, limit.Token);
                await transaction.FlushAsync(limit.Token);
            }
        });
        Assert.Equal((transaction.Id, Scope), (told.Transaction, told.Scope));
        Assert.Equal(0, (await Client.GetSegmentInfoAsync(StreamSegment.Of(stream, 0, 0), Stop))!.Value.Length);
    }

    [Fact]
    public async Task A_watermark_tells_a_reader_the_time_that_it_has_got_to()
    {
        var stream = await StreamAsync(segments: 2);
        await using var writer = await Client.OpenWriterAsync(stream);
        for (var i = 0; i < 20; i++) await writer.EnqueueAsync($"{i}", "x"u8);
        await writer.NoteTimeAsync(2000, Stop);
        await Assert.ThrowsAsync<PravegaConflictException>(() => writer.NoteTimeAsync(1999, Stop));

        await using var reader = await Client.OpenReaderAsync(stream);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        var mark = await Client.ReadWatermarksAsync(stream, limit.Token).FirstAsync(limit.Token);
        Assert.Equal((2000, 2000), (mark.Lower, mark.Upper));
        Assert.Equal(await writer.GetPositionAsync(Stop), mark.Cut);
        Assert.Equal((null, 2000), reader.TimeWindow([mark]));
        var bytes = 0;
        while (bytes < 20 * 9) using (var events = await reader.ReadAsync(Stop)) bytes += events!.Bytes;
        Assert.Equal((2000, null), reader.TimeWindow([mark]));
        await Client.Controller.RemoveWriterAsync(stream, writer.WriterId.ToString("N"), Stop);
    }

    [Fact]
    public void A_watermark_of_the_server_is_read()
    {
        var payload = Convert.FromHexString(
            "000001000000006100000000000007D000000000000007D0020000010000000018000000000000000000000000000000003F"
            + "E00000000000000000000002EFFFE4000001000000001800000001000000023FE00000000000003FF00000000000000000000000000000");
        var mark = Watermark.Parse(new ScopedStream("s", "t"), payload);
        Assert.Equal((2000, 2000), (mark.Lower, mark.Upper));
        Assert.Equal("s/t{0.#epoch.0:49283044, 2.#epoch.1:0}", mark.Cut.ToString());
        Assert.Equal([(0, 0.5), (0.5, 1)], mark.Segments.Select(m => (m.Range.Low, m.Range.High)));
    }
}
