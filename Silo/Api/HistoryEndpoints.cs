using System.Globalization;
using System.Text.Json;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Silo.Api;

/// <summary>Schemas of exchanges, and SQL over what they keep.</summary>
internal static class HistoryEndpoints
{
    public static void MapHistory(this RouteGroupBuilder exchanges)
    {
        exchanges.MapGet("/{name}/schema", async (string name, IGrainFactory grains) =>
                TypedResults.Ok((await grains.GetGrain<IExchangeGrain>(name).GetStatusAsync()).Schema))
            .WithSummary("The schema in force and how it does; null where the exchange has none.");

        exchanges.MapPost("/{name}/schema/try", async (string name, IGrainFactory grains, CancellationToken cancellationToken, ExchangeSchema? schema, int messages = 1_000) =>
                TypedResults.Ok(await grains.GetGrain<IExchangeGrain>(name).TrySchemaAsync(schema, messages, cancellationToken)))
            .WithSummary("Tries a schema on the newest messages, or finds one out where the body is empty. Nothing is changed.");

        exchanges.MapPost("/{name}/sql", AnswerAsync)
            .WithSummary("Answers one SELECT over the table 'messages' of all that the exchange keeps.")
            .WithDescription("It can read nothing else and write nothing. Bounded in rows, time and memory; 'isCut' says that there are more rows.");
    }

    private static async Task AnswerAsync(
        string name, SqlRequest request, HttpContext http, IGrainFactory grains, CancellationToken cancellationToken, string? format = null)
    {
        var shape = MessageEndpoints.FormatOf(http.Request, format);
        if (shape is not ("json" or "csv")) throw new ArgumentException($"format must be json or csv for SQL, but is '{shape}'.");
        if (!double.IsFinite(request.Seconds) || request.Seconds is < 0.1 or > 600)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"seconds must be between 0.1 and 600, but is {request.Seconds}."));
        var answer = await grains.GetGrain<IExchangeGrain>(name).SqlAsync(
            new SqlQuestion
            {
                Sql = request.Sql ?? "", Rows = request.Rows, Time = TimeSpan.FromSeconds(request.Seconds),
                From = ApiTime.Micros(request.From, "from") ?? 0, To = ApiTime.Micros(request.To, "to") ?? long.MaxValue,
            },
            cancellationToken);
        if (shape == "csv") await WriteCsvAsync(answer, http.Response, cancellationToken);
        else
        {
            await TypedResults.Ok(new SqlResponse(
                answer.Columns, [.. answer.Rows.Select(row => row.Select((cell, column) => Value(cell, answer.Columns[column].Kind)).ToList())],
                answer.IsCut, answer.Elapsed.TotalMilliseconds)).ExecuteAsync(http);
        }
    }

    private static async Task WriteCsvAsync(SqlResult answer, HttpResponse response, CancellationToken cancellationToken)
    {
        var csv = new CsvMessages();
        response.ContentType = csv.ContentType;
        if (answer.IsCut) response.Headers["X-Weir-Cut"] = "true";
        csv.WriteLine(response.BodyWriter, [.. answer.Columns.Select(column => column.Name)]);
        foreach (var row in answer.Rows) csv.WriteLine(response.BodyWriter, row);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    // A number goes out with all its digits, as DuckDB wrote it; NaN and infinities are no JSON and stay text.
    private static object? Value(string? cell, SqlColumnKind kind) => (cell, kind) switch
    {
        (null, _) => null,
        ("true", SqlColumnKind.Boolean) => true,
        ("false", SqlColumnKind.Boolean) => false,
        (_, SqlColumnKind.Number) when double.TryParse(cell, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) =>
            JsonDocument.Parse(cell).RootElement,
        _ => cell,
    };

    /// <summary>A statement.</summary>
    /// <param name="Sql">One SELECT.</param>
    /// <param name="Rows">Most rows of the answer, 1 to 100,000.</param>
    /// <param name="Seconds">Longest it may take, 0.1 to 600.</param>
    /// <param name="From">Only messages from this time on.</param>
    /// <param name="To">Only messages before this time.</param>
    internal sealed record SqlRequest(string? Sql, int Rows = 1_000, double Seconds = 30, string? From = null, string? To = null);

    /// <summary>The answer to a statement.</summary>
    internal sealed record SqlResponse(
        IReadOnlyList<SqlColumnInfo> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows, bool IsCut, double Milliseconds);
}
