using System.Buffers.Binary;

namespace Weir.Archive.Encryption;

/// <summary>
/// A struct of Thrift's compact protocol as a tree, so that a few of its fields can be changed and all others kept
/// (thrift-compact-protocol.md of Apache Thrift). Values are long (all integers), bool, double, byte[], struct or list.
/// </summary>
internal sealed class ThriftStruct
{
    private readonly SortedDictionary<int, (ThriftType Type, object Value)> fields = [];

    public bool Has(int field) => fields.ContainsKey(field);

    public long Integer(int field) => Get<long>(field);

    public ThriftStruct Struct(int field) => Get<ThriftStruct>(field);

    public ThriftList List(int field) => Get<ThriftList>(field);

    public bool IsTrue(int field) => Get<bool>(field);

    /// <summary>Bytes or text; empty where the field is missing.</summary>
    public byte[] Bytes(int field) => Has(field) ? Get<byte[]>(field) : [];

    public void Set(int field, ThriftType type, object value) => fields[field] = (type, value);

    public void Remove(int field) => fields.Remove(field);

    /// <summary>The same struct with other values in some fields; this one stays as it is.</summary>
    public ThriftStruct With(params ReadOnlySpan<(int Field, ThriftType Type, object Value)> changes)
    {
        var changed = new ThriftStruct();
        foreach (var (field, (type, value)) in fields) changed.Set(field, type, value);
        foreach (var (field, type, value) in changes) changed.Set(field, type, value);
        return changed;
    }

    /// <summary>Reads a struct.</summary>
    /// <param name="bytes">Where it begins.</param>
    /// <param name="length">How many bytes it takes.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ThriftStruct Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var reader = new ThriftReader(bytes);
        var read = reader.ReadStruct(depth: 0);
        length = reader.Position;
        return read;
    }

    public byte[] ToBytes()
    {
        var target = new MemoryStream();
        Write(target);
        return target.ToArray();
    }

    internal void Write(MemoryStream target)
    {
        var last = 0;
        foreach (var (field, (type, value)) in fields)
        {
            // A boolean's value is in its type.
            var code = value is bool isTrue ? isTrue ? ThriftType.True : ThriftType.False : type;
            if (field - last is > 0 and <= 15) target.WriteByte((byte)((field - last) << 4 | (int)code));
            else
            {
                target.WriteByte((byte)code);
                ThriftWriter.Integer(target, field);
            }
            last = field;
            if (value is not bool) ThriftWriter.Value(target, type, value);
        }
        target.WriteByte(0);
    }

    private T Get<T>(int field) =>
        fields.TryGetValue(field, out var found) && found.Value is T value
            ? value
            : throw new InvalidDataException($"A Parquet structure lacks its field {field}.");
}

/// <summary>The types of the compact protocol, as they are written.</summary>
internal enum ThriftType
{
    True = 1,
    False = 2,
    Byte = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>Values of one type.</summary>
internal sealed record ThriftList(ThriftType Type, List<object> Values);

internal static class ThriftWriter
{
    public static void Integer(MemoryStream target, long value) => Varint(target, (ulong)((value << 1) ^ (value >> 63)));

    public static void Value(MemoryStream target, ThriftType type, object value)
    {
        switch (value)
        {
            case bool isTrue: target.WriteByte((byte)(isTrue ? ThriftType.True : ThriftType.False)); break;
            case long number when type == ThriftType.Byte: target.WriteByte((byte)number); break;
            case long number: Integer(target, number); break;
            case double number:
                Span<byte> eight = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(eight, number);
                target.Write(eight);
                break;
            case byte[] bytes:
                Varint(target, (ulong)bytes.Length);
                target.Write(bytes);
                break;
            case ThriftStruct inner: inner.Write(target); break;
            case ThriftList list: List(target, list); break;
        }
    }

    private static void List(MemoryStream target, ThriftList list)
    {
        if (list.Values.Count < 15) target.WriteByte((byte)(list.Values.Count << 4 | (int)list.Type));
        else
        {
            target.WriteByte((byte)(0xF0 | (int)list.Type));
            Varint(target, (ulong)list.Values.Count);
        }
        foreach (var value in list.Values) Value(target, list.Type, value);
    }

    private static void Varint(MemoryStream target, ulong value)
    {
        for (; value >= 0x80; value >>= 7) target.WriteByte((byte)(value | 0x80));
        target.WriteByte((byte)value);
    }
}

internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Position { get; private set; }

    public ThriftStruct ReadStruct(int depth)
    {
        if (depth > MaxDepth) throw new InvalidDataException("A Parquet structure is nested too deeply.");
        var read = new ThriftStruct();
        var field = 0;
        while (true)
        {
            var head = Byte();
            if (head == 0) return read;
            var type = (ThriftType)(head & 0x0F);
            field = head >> 4 != 0 ? field + (head >> 4) : (int)Integer();
            read.Set(field, type, type is ThriftType.True or ThriftType.False ? type == ThriftType.True : Value(type, depth));
        }
    }

    private object Value(ThriftType type, int depth) => type switch
    {
        ThriftType.True or ThriftType.False => Byte() == (byte)ThriftType.True,
        ThriftType.Byte => (long)(sbyte)Byte(),
        ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 => Integer(),
        ThriftType.Double => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
        ThriftType.Binary => Take(Length()).ToArray(),
        ThriftType.List or ThriftType.Set => List(depth),
        ThriftType.Struct => ReadStruct(depth + 1),
        _ => throw new InvalidDataException($"A Parquet structure has a value of the unknown type {(int)type}."),
    };

    private ThriftList List(int depth)
    {
        var head = Byte();
        var type = (ThriftType)(head & 0x0F);
        var count = head >> 4 == 15 ? Length() : head >> 4;
        var values = new List<object>(Math.Min(count, bytes.Length));
        for (var i = 0; i < count; i++) values.Add(Value(type, depth + 1));
        return new ThriftList(type, values);
    }

    private byte Byte() => Position < bytes.Length ? bytes[Position++] : throw new InvalidDataException("A Parquet structure is cut off.");

    private int Length() => Varint() is var length && length <= (ulong)bytes.Length ? (int)length : throw new InvalidDataException("A Parquet structure is cut off.");

    private long Integer() => Varint() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - Position) throw new InvalidDataException("A Parquet structure is cut off.");
        var taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException("A Parquet structure has a number that is too long.");
    }
}
