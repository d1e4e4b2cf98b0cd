using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Adding interfaces that every grain answers.</summary>
public static class HostingGrainExtensions
{
    /// <summary>
    /// Lets every grain answer an interface by an object of its activation, made from the activation's services at the
    /// first call of it.
    /// </summary>
    public static ISiloBuilder AddGrainExtension<TExtensionInterface, TExtension>(this ISiloBuilder builder)
        where TExtensionInterface : class, IGrainExtension
        where TExtension : class, TExtensionInterface =>
        builder.ConfigureServices(services => services.AddKeyedTransient<IGrainExtension>(
            typeof(TExtensionInterface),
            static (provider, _) => ActivatorUtilities.CreateInstance<TExtension>(provider)));
}
