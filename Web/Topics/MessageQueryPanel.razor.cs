using System.Globalization;
using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Web.Live;

namespace Weir.Web.Topics;

/// <summary>Asks an exchange for a range of time and shows the answer, a page at a time.</summary>
public sealed partial class MessageQueryPanel
{
    private const int PageSize = 100;
    private const string TimeForm = "yyyy-MM-ddTHH:mm:ss";
    // A browser leaves the seconds out where they are zero.
    private static readonly string[] TimeForms = [TimeForm, "yyyy-MM-ddTHH:mm"];

    private IReadOnlyList<MessageRow> rows = [];
    private IReadOnlyList<MessageGap> gaps = [];
    private IReadOnlyList<MessageColumn> columns = [];
    private DateTime from;
    private DateTime to;
    private string? topic;
    private string order = "asc";
    private string? next;
    private string? fault;
    private bool busy;
    private (string? Exchange, string? From, string? To, string? Topic, string? Order) shown;

    /// <summary>The exchange.</summary>
    [Parameter, EditorRequired] public string Exchange { get; set; } = "";

    /// <summary>Start of the range, from the address; the last five minutes where it is missing.</summary>
    [Parameter] public string? From { get; set; }

    /// <summary>End of the range, from the address; a minute ahead of now where it is missing.</summary>
    [Parameter] public string? To { get; set; }

    /// <summary>The one topic, from the address.</summary>
    [Parameter] public string? Topic { get; set; }

    /// <summary><c>desc</c> for the newest first, from the address.</summary>
    [Parameter] public string? Order { get; set; }

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    protected override async Task OnParametersSetAsync()
    {
        // The page around redraws with every live change; only a changed address is a new question.
        if (shown == (Exchange, From, To, Topic, Order)) return;
        shown = (Exchange, From, To, Topic, Order);
        from = Parse(From) ?? DateTime.UtcNow.AddMinutes(-5);
        to = Parse(To) ?? DateTime.UtcNow.AddMinutes(1);
        topic = Topic;
        order = Order == "desc" ? "desc" : "asc";
        rows = [];
        next = null;
        await MoreAsync();
    }

    private void Search()
    {
        var address = Navigation.GetUriWithQueryParameters("topics", new Dictionary<string, object?>
        {
            ["exchange"] = Exchange,
            ["from"] = from.ToString(TimeForm, CultureInfo.InvariantCulture),
            ["to"] = to.ToString(TimeForm, CultureInfo.InvariantCulture),
            ["topic"] = string.IsNullOrWhiteSpace(topic) ? null : topic.Trim(),
            ["order"] = order == "desc" ? order : null,
        });
        Navigation.NavigateTo(address);
    }

    private async Task MoreAsync()
    {
        busy = true;
        fault = null;
        try
        {
            var page = await Feed.Exchange(Exchange).QueryAsync(new MessageQuery
            {
                From = Micros(from), To = Micros(to), Limit = PageSize, After = next, Backwards = Order == "desc",
                Topic = string.IsNullOrWhiteSpace(topic) ? null : topic.Trim(),
            });
            rows = [.. rows, .. page.Rows];
            gaps = page.Gaps;
            columns = page.Columns;
            next = page.Next;
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or IOException or TimeoutException)
        {
            fault = e.Message;
        }
        finally
        {
            busy = false;
        }
    }

    private string Download(string format)
    {
        var filter = string.IsNullOrWhiteSpace(topic) ? "" : $"&topic={Uri.EscapeDataString(topic.Trim())}";
        return string.Create(CultureInfo.InvariantCulture, $"api/exchanges/{Uri.EscapeDataString(Exchange)}/messages?format={format}&from={Micros(from)}&to={Micros(to)}{filter}");
    }

    private static DateTime? Parse(string? text) =>
        DateTime.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static long Micros(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
