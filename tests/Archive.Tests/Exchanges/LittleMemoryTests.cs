using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Weir.Archive.Tests.Exchanges;

/// <summary>
/// A million rows, or ten million with <c>./test.sh --long</c>, asked for by a process whose heap could not hold them.
/// </summary>
public sealed class LittleMemoryTests
{
    private const int Batch = 4_000;
    private const string HeapLimit = "0xC000000"; // 192 MiB

    private static readonly int Rows = Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 10_000_000 : 1_000_000;

    /// <summary>The process that asks: pages through everything and says how many rows it saw.</summary>
    public static async Task<int> AskAsync(string folder)
    {
        await using var site = new Site(folder: folder);
        await using var exchange = await site.OpenAsync();
        // Nobody gets all of them in one page, whatever he asks for.
        await Assert.ThrowsAsync<ArgumentException>(() => exchange.QueryAsync(ExchangeExtensions.Everything with { Limit = 10_000_000 }));
        var rows = 0L;
        var last = default(MessageKey);
        MessageKey? after = null;
        do
        {
            var page = await exchange.QueryAsync(ExchangeExtensions.Everything with { Limit = MessageQuery.MaxLimit, After = after });
            foreach (var message in page.Messages)
            {
                if (message.Key <= last) return 1;
                last = message.Key;
                rows++;
            }
            after = page.Next;
        }
        while (after is not null);
        Console.WriteLine(rows.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    [Fact]
    public async Task As_many_rows_as_there_are_come_page_by_page_in_little_memory()
    {
        var folder = Directory.CreateTempSubdirectory("weir-archive-memory-").FullName;
        try
        {
            await using (var site = new Site(folder: folder))
            await using (var exchange = await site.OpenAsync())
            {
                // With their objects they take about 300 bytes each.
                var payload = Encoding.UTF8.GetBytes(new string('x', 100));
                var batch = Enumerable.Range(0, Batch).Select(i => new InboundMessage(Encoding.UTF8.GetBytes($"line/{i % 7}"), payload)).ToArray();
                for (var i = 0; i < Rows; i += Batch) await exchange.AcceptAsync(batch);
                await exchange.FlushAsync();
            }

            var start = new ProcessStartInfo(Environment.ProcessPath!, ["ask", folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
            using var asking = Process.Start(start)!;
            var error = asking.StandardError.ReadToEndAsync();
            var output = await asking.StandardOutput.ReadToEndAsync();
            await asking.WaitForExitAsync();
            Assert.True(asking.ExitCode == 0, $"It ended with {asking.ExitCode}: {output}{await error}");
            Assert.Equal(Rows, int.Parse(output, CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
