using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Orleans.Hosting;

/// <summary>Sets up the parts and the options of a provider, all under its name.</summary>
public interface INamedServiceConfigurator
{
    /// <summary>The provider's name.</summary>
    string Name { get; }

    /// <summary>Adds services.</summary>
    Action<Action<IServiceCollection>> ConfigureDelegate { get; }
}

/// <summary>Sets up the parts and the options of a provider.</summary>
public class NamedServiceConfigurator(string name, Action<Action<IServiceCollection>> configureDelegate)
    : INamedServiceConfigurator
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public Action<Action<IServiceCollection>> ConfigureDelegate { get; } = configureDelegate;
}

/// <summary>Setting options and parts of a provider.</summary>
public static class NamedServiceConfiguratorExtensions
{
    /// <summary>Sets named options.</summary>
    public static void Configure<TOptions>(
        this INamedServiceConfigurator configurator, Action<OptionsBuilder<TOptions>>? configureOptions)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(configurator);
        configurator.ConfigureDelegate(
            services => configureOptions?.Invoke(services.AddOptions<TOptions>(configurator.Name)));
    }

    /// <summary>Sets a part: the keyed service of the provider's name.</summary>
    public static void ConfigureComponent<TComponent>(
        this INamedServiceConfigurator configurator, Func<IServiceProvider, string, TComponent> factory)
        where TComponent : class
    {
        ArgumentNullException.ThrowIfNull(configurator);
        configurator.ConfigureDelegate(services =>
            services.AddKeyedSingleton(configurator.Name, (provider, name) => factory(provider, (string)name!)));
    }

    /// <summary>Sets a part and its named options.</summary>
    public static void ConfigureComponent<TOptions, TComponent>(
        this INamedServiceConfigurator configurator, Func<IServiceProvider, string, TComponent> factory,
        Action<OptionsBuilder<TOptions>>? configureOptions = null)
        where TOptions : class, new()
        where TComponent : class
    {
        configurator.Configure(configureOptions);
        configurator.ConfigureComponent(factory);
    }
}
