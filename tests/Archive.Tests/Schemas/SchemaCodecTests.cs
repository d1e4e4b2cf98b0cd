using System.Buffers;
using System.Formats.Cbor;
using System.Text;
using Google.Protobuf;
using Weir.Archive.Sparkplug;

namespace Weir.Archive.Tests.Schemas;

/// <summary>Payloads to fields and back, format by format.</summary>
public sealed class SchemaCodecTests
{
    private static readonly PayloadSchema Machine = new()
    {
        Format = PayloadFormat.Json,
        Fields =
        [
            new("n", FieldType.Integer), new("temperature", FieldType.Decimal) { Scale = 2 },
            new("speed", FieldType.Decimal) { Scale = 1, AllDecimals = true, Path = "motor.speed" },
            new("on", FieldType.Boolean) { Path = "motor.on" }, new("state", FieldType.Text), new("ratio", FieldType.Double),
        ],
    };

    [Theory]
    [InlineData("""{"n":1,"temperature":20.5,"motor":{"speed":900.0,"on":true},"state":"running","ratio":0.3333333333333333}""")]
    [InlineData("""{"n":-7,"temperature":-0.05,"motor":{"speed":0.5,"on":false},"state":"a \"quoted\" \\ text","ratio":5}""")]
    [InlineData("""{"n":9223372036854775807,"state":""}""")]
    [InlineData("""{"motor":{"on":true}}""")]
    [InlineData("{}")]
    public void Json_is_made_again_byte_for_byte(string payload) => Assert.Equal(payload, Again(Machine, payload));

    [Theory]
    [InlineData("""{"state":"running","n":1}""")] // another order
    [InlineData("""{"n": 1}""")] // another spacing
    [InlineData("""{"temperature":20.50}""")] // decimals that the schema does not have
    [InlineData("{\"state\":\"\\u0041\"}")] // an escape that need not be
    public void Json_written_otherwise_fits_but_is_not_made_again_alike(string payload)
    {
        var row = Decode(Machine, payload, out var fits);
        Assert.True(fits, row.Problem);
        Assert.NotEqual(payload, Again(Machine, payload));
    }

    [Theory]
    [InlineData("not JSON", "the payload is no JSON")]
    [InlineData("[1]", "the payload is no JSON object")]
    [InlineData("""{"n":1} {}""", "the payload is no JSON")]
    [InlineData("""{"n":"1"}""", "'n' is a text that the column (Integer) cannot hold")]
    [InlineData("""{"n":1.5}""", "'n' is a number that the column (Integer) cannot hold")]
    [InlineData("""{"n":9223372036854775808}""", "'n' is a number that the column (Integer) cannot hold")]
    [InlineData("""{"temperature":1.234}""", "'temperature' is a number that the column (Decimal) cannot hold")]
    [InlineData("""{"temperature":-0}""", "'temperature' is a number that the column (Decimal) cannot hold")]
    [InlineData("""{"n":null}""", "'n' is a null that the column (Integer) cannot hold")]
    [InlineData("""{"extra":1}""", "'extra' has no column")]
    [InlineData("""{"n":1,"n":2}""", "'n' comes twice")]
    [InlineData("""{"motor":5}""", "'motor' is no object or list, but its columns expect one")]
    public void Json_that_does_not_fit_says_why(string payload, string problem)
    {
        var row = Decode(Machine, payload, out var fits);
        Assert.False(fits);
        Assert.Equal(problem, row.Problem);
    }

    [Fact]
    public void What_fits_is_there_though_something_else_does_not()
    {
        var row = Decode(Machine, """{"extra":[1,{"a":2}],"n":5,"temperature":"hot","state":"ok"}""", out var fits);
        Assert.False(fits);
        Assert.Equal(5, row.Integer(0));
        Assert.False(row.Has(1));
        Assert.Equal("ok", Encoding.UTF8.GetString(row.Bytes(4)));
    }

    [Fact]
    public void Elements_of_lists_and_odd_names_have_paths()
    {
        var schema = new PayloadSchema
        {
            Format = PayloadFormat.Json,
            Fields = [new("x", FieldType.Integer) { Path = "axes[1].x" }, new("dotted", FieldType.Integer) { Path = "[\"a.b\"]" }],
        };
        var row = Decode(schema, """{"axes":[{"x":1},{"x":2}],"a.b":3}""", out var fits);
        Assert.False(fits); // the first element has no column
        Assert.Equal((2, 3), (row.Integer(0), row.Integer(1)));
    }

    [Fact]
    public void Cbor_is_read_and_made_again()
    {
        var schema = new PayloadSchema
        {
            Format = PayloadFormat.Cbor,
            Fields =
            [
                new("n", FieldType.Integer), new("t", FieldType.Double), new("ok", FieldType.Boolean), new("name", FieldType.Text),
                new("raw", FieldType.Bytes), new("deep", FieldType.Integer) { Path = "a.b" },
            ],
        };
        var writer = new CborWriter();
        writer.WriteStartMap(6);
        writer.WriteTextString("n");
        writer.WriteInt64(-3);
        writer.WriteTextString("t");
        writer.WriteDouble(1.25);
        writer.WriteTextString("ok");
        writer.WriteBoolean(true);
        writer.WriteTextString("name");
        writer.WriteTextString("Presse é");
        writer.WriteTextString("raw");
        writer.WriteByteString([1, 2, 0xFF]);
        writer.WriteTextString("a");
        writer.WriteStartMap(1);
        writer.WriteTextString("b");
        writer.WriteInt64(9);
        writer.WriteEndMap();
        writer.WriteEndMap();
        var payload = writer.Encode();

        var row = Decode(schema, payload, out var fits);
        Assert.True(fits, row.Problem);
        Assert.Equal((-3, 1.25, 1, 9), (row.Integer(0), row.Double(1), row.Integer(2), row.Integer(5)));
        Assert.Equal(payload, Again(schema, payload));

        Assert.Equal("the payload is no CBOR map", Problem(schema, [0x01]));
        Assert.Equal("the payload is no CBOR", Problem(schema, payload[..^1]));
        Assert.Equal("bytes follow the CBOR map", Problem(schema, [.. payload, 0]));
    }

    [Theory]
    [InlineData("23.5", true)]
    [InlineData("-0.25", true)]
    [InlineData("7", true)]
    [InlineData("23.555", false)]
    [InlineData("on", false)]
    [InlineData("", false)]
    [InlineData(".5", false)]
    [InlineData("5.", false)]
    [InlineData("1234567890123456789", false)]
    public void Plain_numbers_fit_where_the_column_holds_them_exactly(string payload, bool expected)
    {
        var schema = new PayloadSchema { Format = PayloadFormat.Number, Fields = [new("value", FieldType.Decimal) { Scale = 2 }] };
        Decode(schema, payload, out var fits);
        Assert.Equal(expected, fits);
        if (expected) Assert.Equal(payload, Again(schema, payload));
    }

    [Fact]
    public void A_binary_layout_reads_both_byte_orders_signs_floats_and_single_bits()
    {
        var schema = new PayloadSchema
        {
            Format = PayloadFormat.Binary,
            Fields =
            [
                new("little", FieldType.Integer) { Bits = new BitLayout(0, 16) },
                new("big", FieldType.Integer) { Bits = new BitLayout(23, 16) { BigEndian = true } },
                new("minus", FieldType.Decimal) { Scale = 1, Bits = new BitLayout(32, 8) { Kind = BitKind.Signed, Factor = 0.5m, Addend = -40 } },
                new("real", FieldType.Double) { Bits = new BitLayout(40, 32) { Kind = BitKind.Float } },
                new("flag", FieldType.Boolean) { Bits = new BitLayout(75, 1) },
                new("rest", FieldType.Integer) { Bits = new BitLayout(76, 4) },
            ],
        };
        byte[] payload = [0x34, 0x12, 0x12, 0x34, 0xFE, 0, 0, 0xC0, 0x3F, 0xA8];
        var row = Decode(schema, payload, out var fits);
        Assert.True(fits, row.Problem);
        Assert.Equal((0x1234, 0x1234, -410, 1.5, 1, 0xA), (row.Integer(0), row.Integer(1), row.Integer(2), row.Double(3), row.Integer(4), row.Integer(5)));
        Assert.Equal(payload, Again(schema, payload));
        Assert.Equal("'real' reaches over byte 8, but the data has 8 bytes", Problem(schema, payload[..8]));
    }

    [Fact]
    public void Sparkplug_metrics_have_columns_by_name_and_by_the_alias_of_their_birth()
    {
        var schema = new PayloadSchema
        {
            Format = PayloadFormat.SparkplugB,
            Fields =
            [
                new("timestamp", FieldType.Integer), new("temperature", FieldType.Double) { Path = "Motor/Temperature" },
                new("count", FieldType.Integer) { Path = "Count" }, new("running", FieldType.Boolean) { Path = "Running" },
            ],
        };
        var resolved = ResolvedSchema.Of(schema);
        var birth = new Payload { Timestamp = 1_700_000_000_000, Seq = 0 };
        birth.Metrics.Add(new Metric { Name = "Motor/Temperature", Alias = 1, Datatype = 9, FloatValue = 20.1f });
        birth.Metrics.Add(new Metric { Name = "Count", Alias = 2, Datatype = 3, IntValue = unchecked((uint)-5) });
        birth.Metrics.Add(new Metric { Name = "Running", Alias = 3, Datatype = 11, BooleanValue = true });
        var data = new Payload { Timestamp = 1_700_000_000_001, Seq = 1 };
        data.Metrics.Add(new Metric { Alias = 2, IntValue = unchecked((uint)-6) });

        var early = Read(resolved, "spBv1.0/plant/DDATA/edge/press", data.ToByteArray(), out var fits);
        Assert.False(fits);
        Assert.Equal("the metric of alias 2 has no name: its birth has not been seen", early.Problem);
        var row = Read(resolved, "spBv1.0/plant/DBIRTH/edge/press", birth.ToByteArray(), out fits);
        Assert.True(fits, row.Problem);
        Assert.Equal((1_700_000_000_000, 20.1, -5, 1), (row.Integer(0), row.Double(1), row.Integer(2), row.Integer(3)));
        row = Read(resolved, "spBv1.0/plant/DDATA/edge/press", data.ToByteArray(), out fits);
        Assert.True(fits, row.Problem);
        Assert.Equal(-6, row.Integer(2));
        Assert.False(row.Has(1));
        Read(resolved, "spBv1.0/plant/DDATA/edge/other", data.ToByteArray(), out fits);
        Assert.False(fits); // another device's aliases are its own
    }

    private static PayloadRow Read(ResolvedSchema schema, string topic, byte[] payload, out bool fits)
    {
        var row = new PayloadRow(schema.Fields.Count) { WantsProblem = true };
        row.Clear();
        fits = schema.Codec.Decode(Encoding.UTF8.GetBytes(topic), payload, row);
        return row;
    }

    private static PayloadRow Decode(PayloadSchema schema, byte[] payload, out bool fits) => Read(ResolvedSchema.Of(schema), "a/b", payload, out fits);

    private static PayloadRow Decode(PayloadSchema schema, string payload, out bool fits) => Decode(schema, Encoding.UTF8.GetBytes(payload), out fits);

    private static string? Problem(PayloadSchema schema, byte[] payload)
    {
        var row = Decode(schema, payload, out var fits);
        Assert.False(fits);
        return row.Problem;
    }

    private static string Again(PayloadSchema schema, string payload) => Encoding.UTF8.GetString(Again(schema, Encoding.UTF8.GetBytes(payload)));

    private static byte[] Again(PayloadSchema schema, byte[] payload)
    {
        var resolved = ResolvedSchema.Of(schema);
        var row = Read(resolved, "a/b", payload, out _);
        var again = new ArrayBufferWriter<byte>();
        Assert.True(resolved.Codec.Encode(row, again));
        return again.WrittenSpan.ToArray();
    }
}
