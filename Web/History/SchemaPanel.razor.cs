using System.Globalization;
using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Web.Live;

namespace Weir.Web.History;

/// <summary>The typed columns of an exchange, and what they would be.</summary>
public sealed partial class SchemaPanel
{
    private SchemaStatus? status;
    private SchemaTrial? trial;
    private string? fault;
    private bool busy;

    /// <summary>The exchange.</summary>
    [Parameter, EditorRequired] public string Exchange { get; set; } = "";

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    private ExchangeSchema? Shown => trial?.Schema ?? status?.Schema;

    protected override Task OnParametersSetAsync() => DoAsync(LookAsync);

    private static string Place(SchemaField field) => field.Bits is { } bits
        ? string.Create(CultureInfo.InvariantCulture, $"{field.Path} bit {bits.Start}, {bits.Length} long{(bits.BigEndian ? ", big-endian" : "")}")
        : field.Path ?? field.Name;

    private Task TryAsync() => DoAsync(async () => trial = await Feed.Exchange(Exchange).TrySchemaAsync(null));

    private Task ApplyAsync() => SetAsync(trial?.Schema);

    private Task RemoveAsync() => SetAsync(null);

    private Task SetAsync(ExchangeSchema? schema) => DoAsync(async () =>
    {
        if (await Feed.Exchange(Exchange).GetSettingsAsync() is { } settings) await Feed.Site.PutExchangeAsync(Exchange, settings with { Schema = schema }, Feed.Who);
        trial = null;
        await LookAsync();
    });

    private async Task LookAsync() => status = (await Feed.Exchange(Exchange).GetStatusAsync()).Schema;

    private async Task DoAsync(Func<Task> work)
    {
        (busy, fault) = (true, null);
        try
        {
            await work();
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or IOException or TimeoutException)
        {
            fault = e.Message;
        }
        busy = false;
    }
}
