using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Weir.Streams.Provider;

/// <summary>What silos and clients have in common: the provider's options, checked at the start.</summary>
internal static class EmbeddedStreamServices
{
    public static void AddEmbeddedStreamOptions(
        this IServiceCollection services, string name, Action<EmbeddedStreamOptions>? configure)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EmbeddedStreamOptions>, Validator>());
        var options = services.AddOptions<EmbeddedStreamOptions>(name).ValidateOnStart();
        if (configure is not null) options.Configure(configure);
    }

    private sealed class Validator : IValidateOptions<EmbeddedStreamOptions>
    {
        public ValidateOptionsResult Validate(string? name, EmbeddedStreamOptions options)
        {
            string[] faults = [.. EmbeddedStreamOptions.Faults(name ?? "", options)];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
