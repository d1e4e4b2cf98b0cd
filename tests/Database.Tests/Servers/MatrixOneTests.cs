using System.Diagnostics;

namespace Weir.Database.Tests;

/// <summary>All facts of the MySQL protocol once more, on a real MatrixOne where there is one.</summary>
public sealed class MatrixOneTests
{
    // Connection string without a database, such as Server=127.0.0.1;Port=6001;User Id=root;Password=111.
    private const string Variable = "WEIR_MATRIXONE";

    [Fact]
    public async Task Every_fact_of_the_MySQL_protocol_holds_on_a_real_MatrixOne()
    {
        var server = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(server is null, $"{Variable} names no MatrixOne.");

        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(Environment.ProcessPath!, ["-noLogo", "-noColor", "-class", "*.MySql*"])
            {
                RedirectStandardOutput = true, Environment = { [MySqlServer.Variable] = server },
            },
        };
        process.Start();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, said);
    }
}
