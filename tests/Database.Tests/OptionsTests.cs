using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Weir.Database.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("", "", "either File or ConnectionString")]
    [InlineData("a.db", "Server=h;Database=d", "either File or ConnectionString")]
    [InlineData("", "Server=h;Password=secret", "names no database")]
    [InlineData("", "Password=secret;Servr=h;Database=d", "key=value")]
    [InlineData("", "secret", "key=value")]
    public void What_cannot_work_is_refused_in_a_sentence_without_the_password(string file, string connectionString, string says)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read(options =>
        {
            options.File = file;
            options.ConnectionString = connectionString;
        }));

        Assert.Contains(says, refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_or_a_number_out_of_its_range_is_refused()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read(options =>
        {
            options.File = "a.db";
            options.CommandTimeout = TimeSpan.Zero;
            options.MaxConnections = 0;
        }));

        Assert.Contains("CommandTimeout must be between", refused.Message, StringComparison.Ordinal);
        Assert.Contains("MaxConnections must be between", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_of_without_the_password()
    {
        var options = new SiteDatabaseOptions
        {
            ConnectionString = "Server=127.0.0.1;Port=1;User Id=weir;Password=secret;Database=d", ConnectTimeout = TimeSpan.FromSeconds(1),
        };
        using var database = new SiteDatabase(Options.Create(options));

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => database.ReadAsync(_ => Task.FromResult(1)));

        Assert.DoesNotContain("secret", fault.ToString() + options, StringComparison.Ordinal);
    }

    private static SiteDatabaseOptions Read(Action<SiteDatabaseOptions> configure)
    {
        using var services = new ServiceCollection().AddSiteDatabase(configure).BuildServiceProvider();
        return services.GetRequiredService<IOptions<SiteDatabaseOptions>>().Value;
    }
}
