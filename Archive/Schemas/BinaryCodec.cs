using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Globalization;

namespace Weir.Archive;

/// <summary>Payloads with values at fixed places.</summary>
internal sealed class BinaryCodec(PayloadSchema schema) : IPayloadCodec
{
    private readonly BitFields fields = new(schema.Fields, Enumerable.Range(0, schema.Fields.Count));

    public bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row) => fields.Decode(payload, row);

    public bool Encode(PayloadRow row, IBufferWriter<byte> payload)
    {
        var data = payload.GetSpan(fields.Bytes)[..fields.Bytes];
        data.Clear();
        if (!fields.Encode(row, data)) return false;
        payload.Advance(fields.Bytes);
        return true;
    }
}

/// <summary>Payloads that are CAN frames; each kind of frame has a layout of its own.</summary>
internal sealed class CanCodec : IPayloadCodec
{
    /// <summary>The column of a frame's identifier, as a DBC file writes it.</summary>
    public const string IdColumn = "can_id";

    /// <summary>The column of the count of data bytes.</summary>
    public const string LengthColumn = "can_length";

    private const int IdField = 0;
    private const int LengthField = 1;

    // Linux, include/uapi/linux/can.h: identifier with flags (4 bytes), length (1), 3 bytes, then 8 or 64 of data.
    private const int HeaderBytes = 8;
    private const int ClassicBytes = HeaderBytes + 8;
    private const int FlexibleBytes = HeaderBytes + 64;

    private readonly PayloadSchema schema;
    private readonly FrozenDictionary<uint, BitFields> frames;
    private readonly BitFields? anyFrame;

    public CanCodec(PayloadSchema schema)
    {
        this.schema = schema;
        var own = Enumerable.Range(0, schema.Fields.Count).Where(index => schema.Fields[index].Bits is not null).ToList();
        frames = own.Where(index => schema.Fields[index].Bits!.Frame is not null)
            .GroupBy(index => schema.Fields[index].Bits!.Frame!.Value)
            .ToFrozenDictionary(group => group.Key, group => new BitFields(schema.Fields, group));
        var common = own.Where(index => schema.Fields[index].Bits!.Frame is null).ToList();
        anyFrame = common.Count > 0 ? new BitFields(schema.Fields, common) : null;
    }

    /// <summary>The fields with the two columns of the frame itself before them.</summary>
    public static IReadOnlyList<PayloadField> WithFrameFields(IReadOnlyList<PayloadField> fields) =>
    [
        new PayloadField(IdColumn, FieldType.Integer), new PayloadField(LengthColumn, FieldType.Integer),
        .. fields.Where(field => field.Name is not (IdColumn or LengthColumn)),
    ];

    public bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row)
    {
        if (!TryReadFrame(topic, payload, row, out var id, out var data)) return false;
        row.Set(IdField, id);
        row.Set(LengthField, data.Length);
        if (!frames.TryGetValue(id, out var frame) && anyFrame is null)
            return row.Misfit(string.Create(CultureInfo.InvariantCulture, $"frames of the identifier 0x{id & 0x1FFFFFFF:X} are not in the DBC file"));
        return (frame?.Decode(data, row) ?? true) & (anyFrame?.Decode(data, row) ?? true);
    }

    public bool Encode(PayloadRow row, IBufferWriter<byte> payload)
    {
        if (!row.Has(IdField) || !row.Has(LengthField)) return false;
        var (id, length) = ((uint)row.Integer(IdField), (int)row.Integer(LengthField));
        var header = schema.Framing == CanFraming.SocketCan ? HeaderBytes : 0;
        var total = header == 0 ? length : length > 8 ? FlexibleBytes : ClassicBytes;
        var bytes = payload.GetSpan(total)[..total];
        bytes.Clear();
        if (header > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, id);
            bytes[4] = (byte)length;
        }
        var data = bytes.Slice(header, length);
        if (frames.TryGetValue(id, out var frame) && !frame.Encode(row, data)) return false;
        if (anyFrame?.Encode(row, data) == false) return false;
        payload.Advance(total);
        return true;
    }

    private bool TryReadFrame(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row, out uint id, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (schema.Framing == CanFraming.Topic)
        {
            data = payload;
            if (payload.Length > 64)
            {
                id = 0;
                return row.Misfit($"a frame has at most 64 bytes of data, but this has {payload.Length}");
            }
            return TryReadId(topic[(topic.LastIndexOf((byte)'/') + 1)..], out id) || row.Misfit("the topic's last level is no frame identifier");
        }
        id = 0;
        if (payload.Length is not (ClassicBytes or FlexibleBytes))
            return row.Misfit($"a frame of SocketCAN has {ClassicBytes} or {FlexibleBytes} bytes, but the payload has {payload.Length}");
        id = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        var length = payload[4];
        if (length > payload.Length - HeaderBytes) return row.Misfit($"the frame says that it has {length} bytes of data");
        data = payload.Slice(HeaderBytes, length);
        return true;
    }

    // A DBC file marks extended identifiers by bit 31; eleven bits do not hold them.
    private static bool TryReadId(ReadOnlySpan<byte> text, out uint id)
    {
        var read = text.StartsWith("0x"u8) || text.StartsWith("0X"u8)
            ? uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
        if (read && id is > 0x7FF and <= 0x1FFFFFFF) id |= 0x80000000;
        return read;
    }
}
