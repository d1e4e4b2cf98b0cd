using Weir.Grains.Transfers;
using Weir.Silo.Start;

namespace Weir.Silo.Broker;

/// <summary>Reads the limits of searches and file transfers from the configuration (<c>Weir:Transfers</c>, see docs/history.md).</summary>
internal static class TransferSettings
{
    private const string Section = $"{SiteSettings.Section}:Transfers";

    public static void AddTransferSettings(this WebApplicationBuilder builder) =>
        builder.Services.AddOptions<TransferOptions>().Configure(options =>
        {
            try
            {
                builder.Configuration.GetSection(Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
            }
            catch (InvalidOperationException e)
            {
                throw new CannotStartException($"{Section} cannot be read: {e.Message} {e.InnerException?.Message}".TrimEnd());
            }
        });
}
