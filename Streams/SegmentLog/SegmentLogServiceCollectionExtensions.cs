using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Weir.Streams.SegmentLog;

/// <summary>Wires the segment log into a host.</summary>
public static class SegmentLogServiceCollectionExtensions
{
    /// <summary>Adds the embedded segment log as the site's <see cref="IStreamStore"/>.</summary>
    public static IServiceCollection AddSegmentLog(this IServiceCollection services, Action<SegmentLogOptions> configure)
    {
        services.AddOptions<SegmentLogOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SegmentLogOptions>, Validator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IStreamStore>(provider => new SegmentLogStore(
            provider.GetRequiredService<IOptions<SegmentLogOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SegmentLogStore>>()));
        return services;
    }

    private sealed class Validator : IValidateOptions<SegmentLogOptions>
    {
        public ValidateOptionsResult Validate(string? name, SegmentLogOptions options)
        {
            string[] faults = [.. SegmentLogOptions.Faults(options)];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
