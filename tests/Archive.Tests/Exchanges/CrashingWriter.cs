using System.Globalization;

namespace Weir.Archive.Tests.Exchanges;

/// <summary>Accepts numbered messages and says after each batch up to where they are kept, until it is killed.</summary>
internal static class CrashingWriter
{
    public static ExchangeOptions Options { get; } = Site.Quiet with
    {
        Roll = new RollOptions { MaxRows = 2_000, MaxAge = TimeSpan.FromMilliseconds(200) },
    };

    public static async Task<int> RunAsync(string folder)
    {
        await using var site = new Site(folder: folder);
        await using var exchange = await site.OpenAsync(Options);
        for (var number = 0; ; number += 50)
        {
            await exchange.AcceptAsync(Site.Numbered(number, 50));
            Console.WriteLine((number + 50).ToString(CultureInfo.InvariantCulture));
        }
    }
}
