using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Web.Live;

namespace Weir.Web.History;

/// <summary>Asks an exchange in SQL and shows the answer as a table.</summary>
public sealed partial class SqlPanel : IDisposable
{
    private const int MostRows = 200;

    private string sql = "SELECT topic, count(*) AS messages, min(time) AS first, max(time) AS last\nFROM messages GROUP BY topic ORDER BY messages DESC";
    private string columns = "";
    private SqlResult? answer;
    private string? fault;
    private bool busy;
    private CancellationTokenSource stopping = new();

    /// <summary>The exchange.</summary>
    [Parameter, EditorRequired] public string Exchange { get; set; } = "";

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    protected override async Task OnParametersSetAsync()
    {
        try
        {
            columns = string.Join(", ", (await Feed.Exchange(Exchange).GetStatusAsync()).Schema?.Schema?.Fields.Select(field => field.Name) ?? []);
        }
        catch (KeyNotFoundException e)
        {
            fault = e.Message;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task AskAsync()
    {
        if (busy) return;
        (busy, fault) = (true, null);
        try
        {
            answer = await Feed.Exchange(Exchange).SqlAsync(new SqlQuestion { Sql = sql, Rows = MostRows }, stopping.Token);
        }
        catch (OperationCanceledException)
        {
            fault = "Stopped.";
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or IOException or TimeoutException)
        {
            fault = e.Message;
        }
        busy = false;
    }

    private void Stop()
    {
        stopping.Cancel();
        stopping.Dispose();
        stopping = new CancellationTokenSource();
    }
}
