using Weir.EndToEnd.Tests;

namespace Weir.Cluster.Tests;

/// <summary>The pages of a process that has no grains: it is a client of the cluster.</summary>
[Collection(nameof(OneCluster))]
public sealed class DashboardRoleTests(ClusterSite site, Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task It_shows_a_message_of_a_silo_s_broker_as_it_comes()
    {
        await site.Dashboard.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        var page = await browser.OpenAsync(site.Dashboard, "topics", Screen.Desktop);

        await using var client = await Clients.ConnectAsync(site.Second.Process.MqttPort, "page");
        await client.PublishAsync("hall/door", "open"u8.ToArray(), Weir.Mqtt.QualityOfService.AtLeastOnce);

        await page.GetByText("open", new() { Exact = true }).First.WaitForAsync();
    }

    [Fact]
    public async Task It_shows_both_silos_and_no_broker_of_its_own()
    {
        var page = await browser.OpenAsync(site.Dashboard, "system", Screen.Desktop);

        await page.Locator("[data-silo]").Nth(1).WaitForAsync();
        Assert.Equal(2, await page.Locator("[data-silo]").CountAsync());
        Assert.DoesNotContain("MQTT broker", site.Dashboard.Output, StringComparison.Ordinal);
    }
}
