using System.Buffers;
using System.Text;
using Weir.Pravega.Wire;
using Weir.Pravega.Writing;

namespace Weir.Pravega.Tests.Wire;

/// <summary>Frames as Pravega's own encoder writes them.</summary>
public sealed class GoldenFrameTests
{
    private const string S = "scope/stream/0.#epoch.0";
    private static readonly Guid W = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly Dictionary<WireCommand, string> Frames = new()
    {
        { new Hello(17, 5), "ffffff81000000080000001100000005" },
        { new KeepAlive(), "0000006400000000" },
        { new SetupAppend(1, W, S, "tok"), "0000000100000036000000000000000100112233445566778899aabbccddeeff001773636f70652f73747265616d2f302e2365706f63682e300003746f6b" },
        { new AppendSetup(1, S, W, long.MinValue), "00000002000000390000000000000001001773636f70652f73747265616d2f302e2365706f63682e3000112233445566778899aabbccddeeff8000000000000000" },
        { new AppendBlockEnd(W, 13, Framed("hello"), 1, 7, 2), "000000040000003900112233445566778899aabbccddeeff0000000d0000000d000000000000000568656c6c6f0000000100000000000000070000000000000002" },
        { new ConditionalAppend(W, 3, 100, Bytes("hello"), 5), "000000050000003500112233445566778899aabbccddeeff00000000000000030000000000000064000000000000000568656c6c6f0000000000000005" },
        { new ConditionalBlockEnd(W, 3, 100, Bytes("hello"), 5), "000000590000003100112233445566778899aabbccddeeff000000000000000300000000000000640000000568656c6c6f0000000000000005" },
        { new DataAppended(W, 7, long.MinValue, 2, 13), "000000070000003000112233445566778899aabbccddeeff000000000000000780000000000000000000000000000002000000000000000d" },
        { new ConditionalCheckFailed(W, 3, 5), "000000080000002000112233445566778899aabbccddeeff00000000000000030000000000000005" },
        { new ReadSegment(S, 0, 1 << 20, "tok", 9), "0000000900000032001773636f70652f73747265616d2f302e2365706f63682e300000000000000000001000000003746f6b0000000000000009" },
        { new SegmentRead(S, 0, true, false, Bytes("hello"), 9), "0000000a00000034001773636f70652f73747265616d2f302e2365706f63682e30000000000000000001000000000568656c6c6f0000000000000009" },
        { new GetStreamSegmentInfo(4, S, "tok"), "0000000b000000260000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b" },
        { new StreamSegmentInfo(4, S, true, false, false, 1000, 13, 0), "0000000c0000003c0000000000000004001773636f70652f73747265616d2f302e2365706f63682e3001000000000000000003e8000000000000000d0000000000000000" },
        { new TruncateSegment(4, S, 13, "tok"), "000000260000002e0000000000000004001773636f70652f73747265616d2f302e2365706f63682e30000000000000000d0003746f6b" },
        { new SealSegment(4, S, "tok"), "0000001c000000260000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b" },
        { new SegmentIsSealed(4, S, "", 13), "000000330000002b0000000000000004001773636f70652f73747265616d2f302e2365706f63682e300000000000000000000d" },
        { new NoSuchSegment(4, S, "", -1), "000000350000002b0000000000000004001773636f70652f73747265616d2f302e2365706f63682e300000ffffffffffffffff" },
        { new SegmentIsTruncated(4, S, 8, "", 0), "00000038000000330000000000000004001773636f70652f73747265616d2f302e2365706f63682e30000000000000000800000000000000000000" },
        { new WrongHost(4, S, "", ""), "00000032000000250000000000000004001773636f70652f73747265616d2f302e2365706f63682e3000000000" },
        { new InvalidEventNumber(W, 4, "", 7), "000000370000002200112233445566778899aabbccddeeff000000000000000400000000000000000007" },
        { new AuthTokenCheckFailed(4, "", 1), "0000003c0000000e0000000000000004000000000001" },
        { new ErrorMessage(4, S, "m", 0), "0000003d000000280000000000000004001773636f70652f73747265616d2f302e2365706f63682e3000016d00000000" },
        { new CreateTableSegment(4, S, "tok", false, 0, 0), "00000046000000330000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b00000000000000000000000000" },
        { new UpdateTableEntries(4, S, "tok", [new WireEntry(new WireKey(Bytes("k1"), WireKey.AnyVersion), Bytes("v1"))], -1), "0000004a0000004e0000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b000000010000000e000000026b31800000000000000000000006000000027631ffffffffffffffff" },
        { new TableEntriesUpdated(4, [24]), "0000004b000000140000000000000004000000010000000000000018" },
        { new ReadTable(4, S, "tok", [new WireKey(Bytes("k1"), WireKey.AnyVersion)]), "0000004e0000003c0000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b000000010000000e000000026b318000000000000000" },
        { new RemoveTableKeys(4, S, "tok", [new WireKey(Bytes("k1"), 24)], -1), "0000004c000000440000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b000000010000000e000000026b310000000000000018ffffffffffffffff" },
        { new ReadTableKeys(4, S, "tok", 10, default, default, default, default), "000000530000003a0000000000000004001773636f70652f73747265616d2f302e2365706f63682e300003746f6b0000000a00000000000000000000000000000000" },
        { new CreateTransientSegment(4, W, S, "tok"), "0000002800000036000000000000000400112233445566778899aabbccddeeff001773636f70652f73747265616d2f302e2365706f63682e300003746f6b" },
        { new MergeSegments(4, "tgt", "src", "tok"), "0000003a0000001b0000000000000004000374677400037372630003746f6b00000000" },
        { new GetSegmentAttribute(4, S, W, "tok"), "00000022000000360000000000000004001773636f70652f73747265616d2f302e2365706f63682e3000112233445566778899aabbccddeeff0003746f6b" },
        { new LocateOffset(4, S, 13, "tok"), "000000290000002e0000000000000004001773636f70652f73747265616d2f302e2365706f63682e30000000000000000d0003746f6b" },
        { new Padding(new byte[3]), "ffffffff00000003000000" },
        { new PartialEvent(Bytes("abc")), "fffffffe00000003616263" },
    };

    /// <summary>The frames as bytes in hexadecimal.</summary>
    internal static IEnumerable<string> Hex => Frames.Values;

    public static TheoryData<int> All() => [.. Enumerable.Range(0, Frames.Count)];

    [Theory, MemberData(nameof(All))]
    public void A_frame_is_written_and_read_as_Pravega_does(int number)
    {
        var (command, golden) = Frames.ElementAt(number);
        Assert.Equal(golden, Written(command));

        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(golden));
        Assert.True(WireCodec.TryRead(ref buffer, out var read));
        Assert.True(buffer.IsEmpty);
        Assert.Equal(command.GetType(), read!.GetType());
        Assert.Equal(golden, Written(read));
    }

    [Theory, MemberData(nameof(All))]
    public void A_frame_that_comes_byte_by_byte_is_read_when_it_is_there(int number)
    {
        var golden = Convert.FromHexString(Frames.ElementAt(number).Value);
        var (first, last) = (new Piece(golden.AsMemory(0, 1), null), (Piece?)null);
        for (var i = 1; i <= golden.Length; i++)
        {
            var buffer = new ReadOnlySequence<byte>(first, 0, last ?? first, 1);
            Assert.Equal(i == golden.Length, WireCodec.TryRead(ref buffer, out var command));
            Assert.Equal(i == golden.Length, command is not null);
            if (i < golden.Length) last = new Piece(golden.AsMemory(i, 1), last ?? first);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Fields_that_a_newer_peer_adds_are_passed_over(int number)
    {
        var (command, golden) = Frames.ElementAt(number);
        if (command is Padding or PartialEvent) return;
        byte[] longer = [.. Convert.FromHexString(golden), 1, 2, 3];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(longer.AsSpan(4), longer.Length - 8);
        var buffer = new ReadOnlySequence<byte>(longer);

        Assert.True(WireCodec.TryRead(ref buffer, out var read));
        Assert.True(buffer.IsEmpty);
        Assert.Equal(golden, Written(read!));
    }

    [Fact]
    public void Fields_that_an_older_peer_does_not_send_have_their_default()
    {
        var appended = Assert.IsType<DataAppended>(Cut(new DataAppended(W, 7, 3, 2, 13), 24));
        Assert.Equal(new DataAppended(W, 7, long.MinValue, 0, -1), appended);
        Assert.Equal(new SegmentIsSealed(4, S, "", -1), Cut(new SegmentIsSealed(4, S, "trace", 9), 8 + 2 + S.Length));
        Assert.Equal(new AuthTokenCheckFailed(4, "", -1), Cut(new AuthTokenCheckFailed(4, "trace", 1), 8));
        Assert.Equal(new StreamSegmentInfo(4, S, true, false, false, 1, 2, 0), Cut(new StreamSegmentInfo(4, S, true, false, false, 1, 2, 3), 8 + 2 + S.Length + 3 + 16));
    }

    [Fact]
    public void A_block_that_is_built_in_place_is_the_same_frame()
    {
        var block = new AppendBlock();
        AppendBlock.WriteEvent(block.Add(new AppendUnit(0, 13, 1, 7, null), 64), "hello"u8);
        block.Finish(W, 2);
        Assert.Equal(Frames[Frames.Keys.First(c => c is AppendBlockEnd)], Convert.ToHexStringLower(block.Frame.Span));
    }

    [Fact]
    public void Every_type_that_can_be_read_names_itself() =>
        Assert.All(Frames.Keys, command => Assert.Contains(command.Type, WireCodec.Known));

    private static WireCommand Cut(WireCommand command, int bodyBytes)
    {
        var frame = Convert.FromHexString(Written(command)).AsSpan(0, 8 + bodyBytes).ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), bodyBytes);
        var buffer = new ReadOnlySequence<byte>(frame);
        Assert.True(WireCodec.TryRead(ref buffer, out var read));
        return read!;
    }

    private static string Written(WireCommand command)
    {
        var target = new ArrayBufferWriter<byte>();
        WireCodec.Write(command, target);
        return Convert.ToHexStringLower(target.WrittenSpan);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Framed(string text) => [0, 0, 0, 0, 0, 0, 0, (byte)text.Length, .. Bytes(text)];

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
