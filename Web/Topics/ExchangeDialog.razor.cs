using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Web.Live;

namespace Weir.Web.Topics;

/// <summary>Sets an exchange up, or changes it while it runs; says beforehand what retention would let go of.</summary>
public sealed partial class ExchangeDialog
{
    private static readonly IReadOnlyList<Choice> Durabilities =
    [
        new(MessageDurability.Memory, "nothing: it is in memory"),
        new(MessageDurability.Written, "the end of the process"),
        new(MessageDurability.Synced, "a loss of power"),
    ];

    private ExchangeForm form = ExchangeForm.Of("", new ExchangeSettings { Filters = [] });
    private RetentionPreview? preview;
    private string? fault;
    private bool saving;

    /// <summary>The exchange; null sets up a new one.</summary>
    [Parameter] public string? Name { get; set; }

    /// <summary>What is set just now; null for a new exchange.</summary>
    [Parameter] public ExchangeSettings? Settings { get; set; }

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    protected override void OnInitialized()
    {
        if (Name is not null && Settings is not null) form = ExchangeForm.Of(Name, Settings);
    }

    private Task SaveAsync() => TryAsync(async () =>
    {
        await Feed.Site.PutExchangeAsync(form.Name.Trim(), form.ToSettings(), Feed.Who);
        Dialogs.Close(form.Name.Trim());
    });

    private Task PreviewAsync() => TryAsync(async () => preview = await Feed.Exchange(form.Name).PreviewRetentionAsync(form.ToSettings()));

    private async Task TryAsync(Func<Task> action)
    {
        saving = true;
        fault = null;
        try
        {
            await action();
        }
        catch (Exception wrong) when (wrong is ArgumentException or KeyNotFoundException or IOException or TimeoutException)
        {
            fault = wrong.Message;
        }
        finally
        {
            saving = false;
        }
    }

    private sealed record Choice(MessageDurability Value, string Text);
}
