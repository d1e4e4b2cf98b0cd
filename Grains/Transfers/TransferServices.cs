using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Weir.Grains.Exchanges;
using Weir.Grains.Sites;
using Weir.Grains.Transfers.Receiving;
using Weir.Grains.Transfers.Recording;
using Weir.Grains.Transfers.Searching;
using Weir.Mqtt;

namespace Weir.Grains.Transfers;

/// <summary>Registers searches and file transfers; the host may configure <see cref="TransferOptions"/>.</summary>
internal static class TransferServices
{
    public static IServiceCollection AddTransfers(this IServiceCollection services)
    {
        services.AddOptions<TransferOptions>().ValidateOnStart();
        services.AddSingleton<IPostConfigureOptions<TransferOptions>>(provider => new PostConfigureOptions<TransferOptions>(
            Options.DefaultName,
            options =>
            {
                if (options.Folder.Length == 0) options.Folder = Path.Combine(provider.GetRequiredService<IOptions<SiteOptions>>().Value.DataFolder, "transfers");
            }));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TransferOptions>, TransferOptionsValidator>());
        services.AddSingleton<SiteVoice>();
        services.AddSingleton<TransferRecorder>();
        services.AddSingleton<FileReceiver>();
        services.AddSingleton<FileCommands>();
        services.AddSingleton<SearchTools>();
        services.AddSingleton<SearchService>();
        services.AddSingleton(provider => new Lazy<SearchService>(provider.GetRequiredService<SearchService>));
        services.AddSingleton<SearchCommands>();
        services.AddSingleton<ExchangeRouter>();
        services.AddSingleton<IPublishHandler, CommandIntake>();
        // Before the searches: it stops after them, and stores how they have ended.
        services.AddHostedService(provider => provider.GetRequiredService<TransferRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<SearchService>());
        return services;
    }
}
