using System.Buffers;
using Weir.Grains.Peers;

namespace Weir.Grains.Tests.Peers;

public sealed class BundleSenderTests
{
    [Fact]
    public async Task What_comes_while_a_call_is_under_way_goes_with_the_next_in_order()
    {
        var calls = new List<byte[]>();
        var first = new TaskCompletionSource();
        var sender = new BundleSender(async (bytes, _) =>
        {
            lock (calls) calls.Add(bytes.ToArray());
            if (calls.Count == 1) await first.Task;
        });

        var sent = new List<Task> { sender.Add((byte)0, Write) };
        await UntilAsync(() => calls.Count == 1);
        for (byte i = 1; i < 100; i++) sent.Add(sender.Add(i, Write));
        Assert.DoesNotContain(sent, task => task.IsCompleted);
        Assert.Equal(100, sender.WaitingBytes);
        first.SetResult();
        await Task.WhenAll(sent);

        Assert.Equal([1, 99], calls.Select(call => call.Length));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), calls.SelectMany(call => call));
        await UntilAsync(() => sender.WaitingBytes == 0);
    }

    [Fact]
    public async Task A_bundle_that_fails_fails_for_its_own_and_the_next_goes()
    {
        var calls = 0;
        var sender = new BundleSender((_, _) => ++calls == 1 ? Task.FromException(new IOException("gone")) : Task.CompletedTask);

        await Assert.ThrowsAsync<IOException>(() => sender.Add((byte)0, Write));
        await sender.Add((byte)1, Write);

        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_bundle_is_not_filled_beyond_measure()
    {
        var sizes = new List<int>();
        var gate = new TaskCompletionSource();
        var sender = new BundleSender(async (bytes, _) =>
        {
            await gate.Task;
            lock (sizes) sizes.Add(bytes.Length);
        });

        var sent = Enumerable.Range(0, 40).Select(_ => sender.Add(new byte[100_000], static (target, bytes) =>
        {
            target.Write(bytes);
            return 1;
        })).ToList();
        gate.SetResult();
        await Task.WhenAll(sent);

        Assert.Equal(4_000_000, sizes.Sum());
        Assert.All(sizes, size => Assert.InRange(size, 1, 1_200_000));
    }

    private static int Write(IBufferWriter<byte> target, byte value)
    {
        target.Write([value]);
        return 1;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(10, patience.Token);
    }
}
