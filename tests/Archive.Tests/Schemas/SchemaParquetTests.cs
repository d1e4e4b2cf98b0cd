using System.Text;
using System.Text.Json;

namespace Weir.Archive.Tests.Schemas;

/// <summary>Typed columns as another implementation of Parquet reads them: hyparquet, on Node.js.</summary>
public sealed class SchemaParquetTests
{
    [Fact]
    public async Task Every_type_of_column_reads_the_same()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with
        {
            Schema = new PayloadSchema
            {
                Format = PayloadFormat.Json,
                Fields =
                [
                    new("whole", FieldType.Integer), new("price", FieldType.Decimal) { Scale = 2 }, new("ratio", FieldType.Double),
                    new("on", FieldType.Boolean), new("state", FieldType.Text),
                ],
            },
        });
        await exchange.AcceptAsync(
        [
            .. Enumerable.Range(0, 3_000).Select(n => Site.Message(
                "a", FormattableString.Invariant($"{{\"whole\":{n - 1_500},\"price\":{n / 4m:0.##},\"ratio\":{n / 3.0},\"on\":{(n % 2 == 0 ? "true" : "false")},\"state\":\"é{n % 5}\"}}"))),
            Site.Message("a", "no JSON"),
        ]);
        await exchange.FlushAsync();
        Assert.Equal(3_000, exchange.Statistics.Schema!.Rebuilt);

        var rows = await Hyparquet.ReadAsync(Assert.Single(site.Files()));
        Assert.Equal(3_001, rows.Count);
        for (var n = 0; n < 3_000; n++)
        {
            Assert.Equal($"{n - 1_500}", rows[n].GetProperty("whole").GetString());
            Assert.Equal(n / 4.0, rows[n].GetProperty("price").GetDouble(), 9);
            Assert.Equal(n / 3.0, rows[n].GetProperty("ratio").GetDouble());
            Assert.Equal(n % 2 == 0, rows[n].GetProperty("on").GetBoolean());
            Assert.Equal($"é{n % 5}", rows[n].GetProperty("state").GetString());
            Assert.False(rows[n].TryGetProperty("payload", out var payload) && payload.ValueKind != JsonValueKind.Null);
        }
        Assert.Equal("no JSON", Encoding.UTF8.GetString(rows[3_000].GetProperty("payload").GetBytesFromBase64()));
    }
}
