namespace Weir.Archive.Tests.Messages;

public sealed class MessageBlockTests
{
    private const long Now = 1_732_310_000_000_000;

    [Fact]
    public void What_is_encoded_is_read_again_whatever_it_is()
    {
        var random = new Random(11);
        var keys = new MessageKeySource(TimeProvider.System, new MessageKey(Now - 40, 5));
        var builder = new MessageBlockBuilder();
        for (var round = 0; round < 200; round++)
        {
            var messages = Enumerable.Range(0, random.Next(1, 60)).Select(_ => new InboundMessage(
                Bytes(random, 1, 3), Bytes(random, 0, random.Next(300)), (byte)random.Next(3), random.Next(2) == 0,
                random.Next(3) == 0 ? 0 : Now + random.Next(-100, 100), Bytes(random, 0, random.Next(2) * 9))).ToArray();
            builder.Encode(messages, Now);
            var before = keys.Last;
            var (range, batch) = builder.Stamp(keys);

            var index = 0;
            foreach (var block in batch.Events.ToArray())
            {
                var header = MessageBlock.ReadHeader(block.Payload.Span);
                var reader = new MessageBlockReader(block.Payload.Span);
                while (reader.Read())
                {
                    var expected = messages[index++];
                    Assert.Equal(expected.Topic.ToArray(), reader.Topic.ToArray());
                    Assert.Equal(expected.Payload.ToArray(), reader.Payload.ToArray());
                    Assert.Equal(expected.Properties.ToArray(), reader.Properties.ToArray());
                    Assert.Equal((expected.Qos, expected.Retain), (reader.Qos, reader.Retain));
                    Assert.Equal(expected.ReceivedMicros == 0 ? Now : Math.Min(Now, expected.ReceivedMicros), reader.ReceivedMicros);
                    Assert.True(reader.Key > before);
                    Assert.True(reader.Key >= header.FirstKey && reader.Key <= header.LastKey);
                    before = reader.Key;
                }
            }
            Assert.Equal(messages.Length, index);
            Assert.Equal(range.Last, before);
        }
    }

    [Fact]
    public void A_large_batch_becomes_several_blocks()
    {
        var builder = new MessageBlockBuilder();
        builder.Encode(Enumerable.Repeat(new InboundMessage("a"u8.ToArray(), new byte[100_000]), 10).ToArray(), Now);
        var (keys, batch) = builder.Stamp(new MessageKeySource(TimeProvider.System, default));
        Assert.Equal(4, batch.Events.Length);
        Assert.Equal((1L, 10L), (keys.First.Sequence, keys.Last.Sequence));
    }

    [Fact]
    public void Encoding_and_reading_allocate_nothing_per_message()
    {
        var messages = Enumerable.Range(0, 256).Select(i => new InboundMessage(new byte[] { (byte)('a' + i % 20) }, new byte[100])).ToArray();
        var keys = new MessageKeySource(TimeProvider.System, default);
        var builder = new MessageBlockBuilder();
        var read = 0;
        for (var round = 0; round < 20; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            builder.Encode(messages, Now);
            for (var block = new MessageBlockReader(builder.Stamp(keys).Batch.Events.Span[0].Payload.Span); block.Read();) read++;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round >= 10) Assert.InRange(allocated, 0, messages.Length - 1);
        }
        Assert.Equal(20 * 256, read);
    }

    [Fact]
    public void A_batch_beyond_32_MiB_is_refused()
    {
        var half = new InboundMessage("a"u8.ToArray(), new byte[16 << 20]);
        var error = Assert.Throws<ArgumentException>(() => new MessageBlockBuilder().Encode([half, half], Now));
        Assert.Contains("A batch may take 33,554,432 bytes, but", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_block_is_told_and_never_read_beyond_its_end()
    {
        var builder = new MessageBlockBuilder();
        builder.Encode([new InboundMessage("topic"u8.ToArray(), new byte[50]), new InboundMessage("other"u8.ToArray(), new byte[50])], Now);
        var block = builder.Stamp(new MessageKeySource(TimeProvider.System, default)).Batch.Events.Span[0].Payload.ToArray();
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            var damaged = block[..random.Next(block.Length + 1)];
            for (var flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)random.Next(256);
            try
            {
                var reader = new MessageBlockReader(damaged);
                while (reader.Read())
                {
                }
            }
            catch (InvalidDataException)
            {
                // Said so: all is well. Anything else fails the test.
            }
        }
        Assert.Throws<InvalidDataException>(() => new MessageBlockReader(block.AsSpan(0, 10)));
        Assert.Throws<InvalidDataException>(() => new MessageBlockReader([2, .. block.AsSpan(1)]));
    }

    private static byte[] Bytes(Random random, int least, int more) =>
        [.. Enumerable.Range(0, least + more).Select(_ => (byte)random.Next('a', 'c'))];
}
