using System.Buffers;
using Weir.Archive;
using Weir.Grains.Exchanges;

namespace Weir.Grains.Tests.Exchanges;

public sealed class MessageBundleTests
{
    [Fact]
    public void Messages_come_out_as_they_went_in()
    {
        InboundMessage[] messages =
        [
            new("a/b"u8.ToArray(), "payload"u8.ToArray(), 1, true, 1_732_310_000_123_456, new byte[] { 1, 2, 3 }),
            new("c"u8.ToArray(), Array.Empty<byte>(), 2, false, 0),
        ];

        var read = Bundle(messages).Read();

        Assert.Equal(messages.Select(Text), read.Select(Text));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Bytes_that_are_no_bundle_are_refused(int longer)
    {
        var bundle = Bundle([new("a"u8.ToArray(), "b"u8.ToArray())]);
        var bytes = new byte[bundle.Bytes.Length + longer];
        bundle.Bytes.Span[..Math.Min(bytes.Length, bundle.Bytes.Length)].CopyTo(bytes);

        Assert.Throws<InvalidDataException>(() => new MessageBundle(bytes, 1).Read());
    }

    private static MessageBundle Bundle(InboundMessage[] messages)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var message in messages) MessageBundle.Write(bytes, message);
        return new MessageBundle(bytes.WrittenMemory, messages.Length);
    }

    private static string Text(InboundMessage message) =>
        $"{Convert.ToHexString(message.Topic.Span)} {Convert.ToHexString(message.Payload.Span)} {message.Qos} {message.Retain} "
        + $"{message.ReceivedMicros} {Convert.ToHexString(message.Properties.Span)}";
}
