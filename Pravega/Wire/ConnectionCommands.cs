using System.Buffers;

namespace Weir.Pravega.Wire;

/// <summary>The first word of both sides: the versions that each speaks.</summary>
internal sealed record Hello(int High, int Low) : WireCommand
{
    public override WireType Type => WireType.Hello;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int32(High);
        writer.Int32(Low);
    }

    public static Hello Read(ref WireReader reader) => new(reader.Int32(), reader.Int32());
}

/// <summary>Says that the connection lives; the server sends it back.</summary>
internal sealed record KeepAlive : WireCommand
{
    public override WireType Type => WireType.KeepAlive;

    public override void WriteBody(WireWriter writer)
    {
    }

    public static KeepAlive Read(ref WireReader reader) => new();
}

/// <summary>Fills a block that was announced longer than it became.</summary>
internal sealed record Padding(ReadOnlyMemory<byte> Bytes) : WireCommand
{
    public override WireType Type => WireType.Padding;

    public override void WriteBody(WireWriter writer)
    {
        writer.Raw(Bytes.Span);
    }

    public static Padding Read(ref WireReader reader) => new(reader.Rest().ToArray());
}

/// <summary>The first part of an event whose rest is in the next frame.</summary>
internal sealed record PartialEvent(ReadOnlyMemory<byte> Bytes) : WireCommand
{
    public override WireType Type => WireType.PartialEvent;

    public override void WriteBody(WireWriter writer)
    {
        writer.Raw(Bytes.Span);
    }

    public static PartialEvent Read(ref WireReader reader) => new(reader.Rest().ToArray());
}
