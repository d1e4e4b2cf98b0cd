using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

internal interface IPartner : IGrainWithStringKey
{
    /// <summary>Asks the other, who asks back; gives the words of the error.</summary>
    [ResponseTimeout("00:01:00")]
    Task<string> Meet(string other);

    Task Ask(string? other);
}

internal sealed class PartnerGrain : Grain, IPartner
{
    public async Task<string> Meet(string other)
    {
        try
        {
            await GrainFactory.GetGrain<IPartner>(other).Ask(this.GetPrimaryKeyString());
            return "nothing was wrong";
        }
        catch (TimeoutException error)
        {
            return error.Message;
        }
    }

    public Task Ask(string? other) =>
        other is null ? Task.CompletedTask : GrainFactory.GetGrain<IPartner>(other).Ask(null);
}

/// <summary>
/// Orleans does not look for deadlocks, but none lasts longer than the response time-out:
/// https://learn.microsoft.com/dotnet/orleans/grains/request-scheduling
/// </summary>
public sealed class DeadlockTests
{
    [Fact]
    public async Task Two_grains_that_wait_for_each_other_end_in_a_time_out_that_names_both()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(1)));
        var tick = silo.Client.GetGrain<IPartner>("tick");

        var error = await tick.Meet("tock");

        Assert.Contains("partner/tick", error, StringComparison.Ordinal);
        Assert.Contains("partner/tock", error, StringComparison.Ordinal);
        Assert.Contains(nameof(IPartner.Ask), error, StringComparison.Ordinal);
        await tick.Ask("tock");
    }
}
