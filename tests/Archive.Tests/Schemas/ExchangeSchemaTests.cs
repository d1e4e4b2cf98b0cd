using System.Text;
using Weir.Archive.Duck;

namespace Weir.Archive.Tests.Schemas;

/// <summary>An exchange whose files have typed columns.</summary>
public sealed class ExchangeSchemaTests
{
    private static readonly ExchangeOptions Inferring = Site.Quiet with { Schema = new PayloadSchema() };

    [Fact]
    public async Task Columns_are_found_out_and_payloads_come_back_byte_for_byte_though_they_are_not_in_the_file()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Inferring);
        var sent = Machines(0, 500);
        await exchange.AcceptAsync(sent);
        await exchange.FlushAsync();

        Assert.Equal(sent.Select(Text), (await exchange.AllAsync()).Select(Text));
        var statistics = exchange.Statistics.Schema!;
        Assert.Equal((500, 0, 500), (statistics.Messages, statistics.Misfits, statistics.Rebuilt));
        Assert.Equal(
            ["n Integer 0", "temperature Decimal 1", "state Text 0", "motor_on Boolean 0"],
            statistics.Schema!.Fields.Select(field => $"{field.Name} {field.Type} {field.Scale}"));
        Assert.Equal(["500", "0", "DECIMAL(18,1)", "499", "34.9"], Ask(site, site.Files()[0],
            "count(*)", "count(payload)", "any_value(typeof(temperature))", "max(n)", "max(temperature)"));
    }

    [Fact]
    public async Task Answers_carry_typed_values_from_files_and_ring()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Inferring);
        await exchange.AcceptAsync(Machines(0, 10));
        await exchange.FlushAsync();
        await exchange.AcceptAsync(Machines(10, 10));
        var page = await exchange.QueryAsync(ExchangeExtensions.Everything);
        Assert.Equal(["n", "temperature", "state", "motor_on"], page.Columns.Select(column => column.Name));
        Assert.Equal(Enumerable.Range(0, 20).Select(n => (object)(long)n), page.Messages.Select(message => message.Values[0]));
        Assert.Equal(20.5m, page.Messages[5].Values[1]);
        Assert.Equal(true, page.Messages[15].Values[3]);
    }

    [Fact]
    public async Task What_does_not_fit_keeps_its_payload_and_is_counted()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with
        {
            Schema = new PayloadSchema { Format = PayloadFormat.Json, Fields = [new("n", FieldType.Integer)] },
        });
        InboundMessage[] sent = [Site.Message("a", """{"n":1}"""), Site.Message("a", """{"n":"one"}"""), Site.Message("a", "?"), new("a"u8.ToArray(), new byte[] { 0, 255 })];
        await exchange.AcceptAsync(sent);
        await exchange.FlushAsync();
        Assert.Equal(sent.Select(Text), (await exchange.AllAsync()).Select(Text));
        var statistics = exchange.Statistics.Schema!;
        Assert.Equal((4, 3, 1), (statistics.Messages, statistics.Misfits, statistics.Rebuilt));
        Assert.Equal("A message of the topic 'a' does not fit the schema: 'n' is a text that the column (Integer) cannot hold.", statistics.Problem);
        Assert.Equal(["1", "3"], Ask(site, site.Files()[0], "count(n)", "count(payload)"));
    }

    [Fact]
    public async Task Columns_are_added_as_fields_come_and_files_of_both_kinds_are_read_together()
    {
        await using var site = new Site();
        List<InboundMessage> sent = [];
        await using (var exchange = await site.OpenAsync(Inferring))
        {
            foreach (var batch in new[] { Machines(0, 50), With(50, 50, ",\"power\":1.5"), With(100, 50, ",\"power\":2.5"), Machines(150, 50) })
            {
                sent.AddRange(batch);
                await exchange.AcceptAsync(batch);
                await exchange.FlushAsync();
            }
            Assert.Equal(50, exchange.Statistics.Schema!.Misfits);
            Assert.Equal("power", exchange.Statistics.Schema.Schema!.Fields[^1].Name);
            var answer = await exchange.SqlAsync("SELECT count(*), count(power), sum(power) FROM messages");
            Assert.Equal(["200", "50", "125.0"], answer.Rows[0]);
            Assert.Equal(sent.Select(Text), (await exchange.AllAsync()).Select(Text));
        }
        // What was found out is remembered.
        await using var reopened = await site.OpenAsync(Inferring);
        Assert.Equal("power", reopened.Statistics.Schema!.Schema!.Fields[^1].Name);
        Assert.Equal(sent.Select(Text), (await reopened.AllAsync()).Select(Text));
        Assert.Equal(50, (await reopened.QueryAsync(ExchangeExtensions.Everything)).Messages.Count(message => message.Values[^1] is 1.5m));
    }

    [Fact]
    public async Task A_schema_may_come_go_and_change_while_running()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        List<InboundMessage> sent = [];
        foreach (var schema in new[] { null, new PayloadSchema(), new PayloadSchema { KeepPayload = true }, null })
        {
            await exchange.ApplyAsync(Site.Quiet with { Schema = schema });
            var batch = Machines(sent.Count, 20);
            sent.AddRange(batch);
            await exchange.AcceptAsync(batch);
            await exchange.FlushAsync();
        }
        Assert.Equal(["20", "0", "20", "20"], site.Files().Select(file => Ask(site, file, "count(payload)")[0]));
        Assert.Equal(sent.Select(Text), (await exchange.AllAsync()).Select(Text));
        Assert.Null(exchange.Statistics.Schema);
    }

    [Fact]
    public async Task A_dry_run_shows_what_a_schema_would_be_and_changes_nothing()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var empty = await exchange.TrySchemaAsync();
        Assert.Null(empty.Schema);
        Assert.Equal(["There is no message yet to find a schema out from."], empty.Problems);

        await exchange.AcceptAsync([.. Machines(0, 8), Site.Message("odd", "hello"), Site.Message("odd", "world")]);
        var found = await exchange.TrySchemaAsync();
        Assert.Equal((PayloadFormat.Json, 10, 8, 8), (found.Schema!.Format, found.Messages, found.Fits, found.Rebuilt));
        Assert.Equal(["Topic 'odd': the payload is no JSON. (2 messages)"], found.Problems);

        var wrong = await exchange.TrySchemaAsync(new PayloadSchema { Format = PayloadFormat.Json, Fields = [new("n", FieldType.Text)] });
        Assert.Equal(0, wrong.Fits);
        Assert.Contains("is a number that the column (Text) cannot hold", wrong.Problems[0], StringComparison.Ordinal);
        Assert.Null(exchange.Statistics.Schema);
    }

    [Theory]
    [InlineData("20.5", "20.25", FieldType.Decimal, 2)]
    [InlineData("1e-3", "2", FieldType.Double, 0)]
    [InlineData("0.12345678901234", "2", FieldType.Double, 0)]
    [InlineData("1", "2", FieldType.Integer, 0)]
    public async Task Plain_numbers_are_found_out_with_their_decimals(string first, string second, FieldType type, int scale)
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync([Site.Message("a", first), Site.Message("a", second)]);
        var found = await exchange.TrySchemaAsync();
        var field = Assert.Single(found.Schema!.Fields);
        Assert.Equal((PayloadFormat.Number, "value", type, scale), (found.Schema.Format, field.Name, field.Type, field.Scale));
        Assert.Equal(2, found.Fits);
    }

    [Fact]
    public async Task Every_mistake_in_a_schema_has_its_sentence()
    {
        await using var site = new Site();
        async Task<string> Refused(PayloadSchema schema) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => site.OpenAsync(Site.Quiet with { Schema = schema }))).Message;
        var json = new PayloadSchema { Format = PayloadFormat.Json };
        Assert.Equal("exchange 'telemetry': schema: the name 'topic' is taken by a column of every message.", await Refused(json with { Fields = [new("topic", FieldType.Text)] }));
        Assert.Equal("exchange 'telemetry': schema: two fields are named 'N' (capitals do not count).", await Refused(json with { Fields = [new("n", FieldType.Text), new("N", FieldType.Text)] }));
        Assert.Equal("exchange 'telemetry': schema: field 'a': the path 'a[' cannot be read: a '[' is not closed.", await Refused(json with { Fields = [new("a", FieldType.Text) { Path = "a[" }] }));
        Assert.Equal("exchange 'telemetry': schema: field 'a': scale must be 0 to 15, but is 16.", await Refused(json with { Fields = [new("a", FieldType.Decimal) { Scale = 16 }] }));
        Assert.Equal("exchange 'telemetry': schema.dbc must be the text of a DBC file, since the payloads are CAN frames.", await Refused(new PayloadSchema { Format = PayloadFormat.Can }));
        Assert.Equal("exchange 'telemetry': schema.fields must say where the values lie: a fixed binary layout cannot be found out.", await Refused(new PayloadSchema { Format = PayloadFormat.Binary }));
        Assert.Equal("exchange 'telemetry': schema: field 'a': bits.length must be 1 to 64, but is 65.", await Refused(new PayloadSchema
        {
            Format = PayloadFormat.Binary, Fields = [new("a", FieldType.Integer) { Bits = new BitLayout(0, 65) }],
        }));
    }

    [Fact]
    public async Task Telemetry_with_a_schema_takes_at_most_a_tenth_of_its_raw_size()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Inferring);
        var random = new Random(3);
        var machines = Enumerable.Range(0, 20).Select(number => (Topic: $"plant/line-{number / 5}/machine-{number}/telemetry", Temperature: 40 + number, Speed: 900.0)).ToArray();
        var raw = 0L;
        for (var second = 0; second < 2_000; second++)
        {
            var batch = new InboundMessage[machines.Length];
            for (var i = 0; i < machines.Length; i++)
            {
                ref var machine = ref machines[i];
                machine.Speed += random.NextDouble() * 4 - 2;
                var payload = FormattableString.Invariant(
                    $"{{\"state\":\"running\",\"temperature\":{Math.Round(machine.Temperature + random.NextDouble() * 0.4, 2)},\"speed\":{Math.Round(machine.Speed, 1)},\"parts\":{second / 3},\"mode\":\"automatic\",\"alarms\":0}}");
                batch[i] = Site.Message(machine.Topic, payload) with { ReceivedMicros = 1_700_000_000_000_000 + second * 1_000_000L + i * 50_000 };
                raw += batch[i].Topic.Length + batch[i].Payload.Length;
            }
            await exchange.AcceptAsync(batch);
        }
        await exchange.FlushAsync();
        var bytes = exchange.Statistics.ArchivedBytes;
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{raw} bytes became {bytes}: 1/{(double)raw / bytes:F1}, {bytes / 40_000.0:F1} bytes a message"));
        Assert.Equal(0, exchange.Statistics.Schema!.Misfits);
        Assert.True(bytes * 10 <= raw, $"{raw:N0} bytes became {bytes:N0}");
    }

    private static InboundMessage[] Machines(int first, int count) => With(first, count, "");

    private static InboundMessage[] With(int first, int count, string more) =>
    [
        .. Enumerable.Range(first, count).Select(n => Site.Message(
            $"line/{n % 3}", FormattableString.Invariant($"{{\"n\":{n},\"temperature\":{20 + n % 150 / 10m:F1},\"state\":\"running\",\"motor\":{{\"on\":true}}{more}}}"))),
    ];

    private static string Text(InboundMessage message) => $"{Encoding.UTF8.GetString(message.Topic.Span)} {Convert.ToHexString(message.Payload.Span)}";

    private static string Text(ArchivedMessage message) => $"{message.Topic} {Convert.ToHexString(message.Payload.Span)}";

    private static string[] Ask(Site site, string file, params string[] values)
    {
        using var connection = site.Duck.Connect();
        var texts = string.Join(", ", values.Select(value => $"CAST({value} AS VARCHAR)"));
        using var statement = DuckStatement.Prepare(connection, $"SELECT {texts} FROM read_parquet('{file}')");
        using var result = statement.Execute("ask", file, CancellationToken.None);
        Assert.True(result.Read(out var rows));
        return [.. values.Select((_, column) => Encoding.UTF8.GetString(rows.Column(column).Bytes(0)))];
    }
}
