using System.Buffers;
using System.Buffers.Binary;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Tests.Wire;

/// <summary>Whatever comes, the decoder ends, and takes no more memory than came.</summary>
public sealed class FuzzTests
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 5_000_000 : 200_000;

    [Fact]
    public void Random_bodies_of_every_type_are_read_or_refused()
    {
        var random = new Random(20261127);
        var known = WireCodec.Known.ToArray();
        var frame = new byte[8 + 200];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            var length = random.Next(0, 200);
            random.NextBytes(frame);
            BinaryPrimitives.WriteInt32BigEndian(frame, (int)known[random.Next(known.Length)]);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), length);
            // Small counts and lengths get further into a body than random ones.
            for (var at = 8; random.Next(3) == 0 && at + 4 <= 8 + length; at += 4) BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at), random.Next(0, 20));
            Read(frame.AsMemory(0, 8 + length));
        }
        // An exception takes some hundred bytes; a count that was believed would take many times more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Rounds * 20_000L);
    }

    [Fact]
    public void A_frame_that_is_cut_or_changed_anywhere_is_read_or_refused()
    {
        var random = new Random(7);
        var golden = GoldenFrameTests.Hex.Select(Convert.FromHexString).ToArray();
        for (var i = 0; i < Rounds; i++)
        {
            var frame = golden[random.Next(golden.Length)].ToArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--) frame[random.Next(frame.Length)] = (byte)random.Next(256);
            Read(frame.AsMemory(0, random.Next(frame.Length + 1)));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(WireCodec.MaxFrameSize - WireCodec.HeaderSize + 1)]
    [InlineData(int.MaxValue)]
    public void A_length_that_no_frame_has_is_refused_before_anything_is_taken(int length)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(header, (int)WireType.SegmentRead);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), length);
        var buffer = new ReadOnlySequence<byte>(header);
        Assert.Throws<PravegaProtocolException>(() => WireCodec.TryRead(ref buffer, out _));
    }

    private static void Read(ReadOnlyMemory<byte> bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        try
        {
            while (WireCodec.TryRead(ref buffer, out var command)) Assert.NotNull(command);
        }
        catch (PravegaProtocolException)
        {
            // Refused, with a sentence.
        }
    }
}
