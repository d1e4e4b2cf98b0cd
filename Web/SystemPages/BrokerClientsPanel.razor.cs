using Weir.Grains.Interfaces.Broker;

namespace Weir.Web.SystemPages;

/// <summary>The broker's clients: what each does, what waits for it, and a way to end its connection.</summary>
public sealed partial class BrokerClientsPanel
{
    private const int Shown = 200;
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource closing = new();
    private IReadOnlyList<BrokerClient> clients = [];
    private Task asking = Task.CompletedTask;

    protected override async Task OnInitializedAsync()
    {
        clients = await Feed.BrokerClients.ListAsync(Shown);
        if (RendererInfo.IsInteractive) asking = AskAsync();
    }

    protected override async ValueTask CloseAsync()
    {
        await closing.CancelAsync();
        await asking;
        closing.Dispose();
    }

    private static string Causes(BrokerClient client) => string.Join(", ", client.Dropped.Select(d => $"{d.Key} {d.Value}"));

    private async Task DisconnectAsync(string clientId)
    {
        try
        {
            await Feed.BrokerClients.DisconnectAsync(clientId, endSession: false);
        }
        catch (KeyNotFoundException)
        {
            // It has gone by itself.
        }
        clients = await Feed.BrokerClients.ListAsync(Shown);
    }

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(AskEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token)) await AskOnceAsync();
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
        }
    }

    private async Task AskOnceAsync()
    {
        try
        {
            clients = await Feed.BrokerClients.ListAsync(Shown);
            Redraw();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Its silo may have gone just now. What was seen stays until the next look.
        }
    }
}
