using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Orleans;

/// <summary>Reading named options.</summary>
public static class NamedOptionExtensions
{
    /// <summary>The options of that name.</summary>
    public static TOption GetOptionsByName<TOption>(this IServiceProvider services, string name)
        where TOption : class, new() =>
        services.GetRequiredService<IOptionsMonitor<TOption>>().Get(name);
}

/// <summary>Checks configuration before the silo starts; registered in the services.</summary>
public interface IConfigurationValidator
{
    /// <summary>Checks.</summary>
    /// <exception cref="Runtime.OrleansConfigurationException">Something is wrong.</exception>
    void ValidateConfiguration();
}
