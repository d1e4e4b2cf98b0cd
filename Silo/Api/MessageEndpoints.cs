using Microsoft.AspNetCore.Http.Features;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Silo.Api;

/// <summary>An exchange's messages over HTTP: a page of JSON, or a whole range as a stream.</summary>
internal static class MessageEndpoints
{
    /// <summary>Rows of one step of a stream: no more than that many are in memory.</summary>
    private const int StepRows = 5_000;

    public static void MapMessages(this RouteGroupBuilder exchanges)
    {
        exchanges.MapGet("/{name}/messages", AnswerAsync)
            .WithSummary("Messages of a range of time or keys, from ring and Parquet together.")
            .WithDescription(
                "In key order (order=desc: newest first). 'from' is in the range, 'to' is not; each is ISO 8601 or microseconds since 1970. "
                + "'firstKey' and 'lastKey' are both in the range. 'format' (or Accept) is json: a page at a time, go on with 'after' = the "
                + "'next' of the page before until that is null; or ndjson, csv, parquet: all of the range as a stream, 'limit' messages at most.");
    }

    private static async Task AnswerAsync(
        string name, HttpContext http, IGrainFactory grains, CancellationToken cancellationToken,
        TimeParameter? from = null, TimeParameter? to = null, string? topic = null, int? limit = null, string? after = null,
        string? firstKey = null, string? lastKey = null, string? order = null, string? format = null)
    {
        var query = new MessageQuery
        {
            From = from?.Microseconds ?? 0, To = to?.Microseconds ?? long.MaxValue, Topic = topic, After = after, FirstKey = firstKey, LastKey = lastKey,
            Limit = limit ?? 1_000,
            Backwards = order switch
            {
                null or "asc" => false,
                "desc" => true,
                _ => throw new ArgumentException($"order must be asc or desc, but is '{order}'."),
            },
        };
        var exchange = grains.GetGrain<IExchangeGrain>(name);
        switch (FormatOf(http.Request, format))
        {
            case "ndjson":
                await StreamAsync(new NdjsonMessages(), exchange, query, limit, http.Response, cancellationToken);
                break;
            case "csv":
                await StreamAsync(new CsvMessages(), exchange, query, limit, http.Response, cancellationToken);
                break;
            case "parquet":
                if (limit is not null) throw new ArgumentException("limit is not for the format parquet: name a range of time or keys.");
                await ParquetAsync(name, exchange, query, http.Response, cancellationToken);
                break;
            default:
                var page = await exchange.QueryAsync(query, cancellationToken);
                await TypedResults.Ok(MessagesAnswer.Of(page)).ExecuteAsync(http);
                break;
        }
    }

    /// <summary>What was asked for by name, or else by Accept.</summary>
    internal static string FormatOf(HttpRequest request, string? asked)
    {
        if (asked is not null)
        {
            return asked is "json" or "ndjson" or "csv" or "parquet"
                ? asked
                : throw new ArgumentException($"format must be json, ndjson, csv or parquet, but is '{asked}'.");
        }
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("ndjson", StringComparison.OrdinalIgnoreCase) ? "ndjson"
            : accept.Contains("text/csv", StringComparison.OrdinalIgnoreCase) ? "csv"
            : accept.Contains("parquet", StringComparison.OrdinalIgnoreCase) ? "parquet"
            : "json";
    }

    private static async Task StreamAsync(
        IMessageFormat format, IExchangeGrain exchange, MessageQuery query, int? most, HttpResponse response, CancellationToken cancellationToken)
    {
        if (most < 1) throw new ArgumentException($"limit must be at least 1, but is {most}.");
        var left = (long?)most ?? long.MaxValue;
        var pages = exchange.ReadAsync(query with { Limit = (int)Math.Min(left, StepRows) }, cancellationToken);
        await foreach (var page in pages)
        {
            // The first page is here before anything is answered, so a query that is wrong still gets its own status.
            if (!response.HasStarted)
            {
                response.ContentType = format.ContentType;
                format.WriteHead(response.BodyWriter, page);
            }
            var rows = page.Rows.Count <= left ? page : page with { Rows = [.. page.Rows.Take((int)left)] };
            format.WritePage(response.BodyWriter, rows);
            await response.BodyWriter.FlushAsync(cancellationToken);
            left -= rows.Rows.Count;
            if (left == 0) return;
        }
    }

    private static async Task ParquetAsync(
        string name, IExchangeGrain exchange, MessageQuery query, HttpResponse response, CancellationToken cancellationToken)
    {
        if (query.Backwards) throw new ArgumentException("order must be asc for the format parquet, but is desc.");
        await foreach (var piece in exchange.ExportAsync([query], encrypted: false, cancellationToken))
        {
            if (!response.HasStarted)
            {
                response.ContentType = "application/vnd.apache.parquet";
                response.Headers.ContentDisposition = $"attachment; filename=\"{name}.parquet\"";
                response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            }
            await response.Body.WriteAsync(piece, cancellationToken);
        }
    }
}
