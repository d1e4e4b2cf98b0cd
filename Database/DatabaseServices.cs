using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Weir.Database.Alarms;
using Weir.Database.Detections;
using Weir.Database.Evidence;
using Weir.Database.GrainState;
using Weir.Database.Retention;
using Weir.Database.Rules;
using Weir.Database.Scenes;
using Weir.Database.Sinks;
using Weir.Database.Site;
using Weir.Database.Transfers;
using Weir.Database.Users;

namespace Weir.Database;

/// <summary>Registers the database of a site.</summary>
public static class DatabaseServices
{
    /// <summary>Adds the database and its tables.</summary>
    public static IServiceCollection AddSiteDatabase(this IServiceCollection services, Action<SiteDatabaseOptions> configure)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SiteDatabaseOptions>>(new Validator<SiteDatabaseOptions>(SiteDatabaseOptions.Faults)));
        services.AddOptions<SiteDatabaseOptions>().Configure(configure).ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SiteDatabase>();
        services.AddSingleton<DetectionTable>();
        services.AddSingleton<TrackTable>();
        services.AddSingleton<SceneEventTable>();
        services.AddSingleton<EvidenceStore>();
        services.AddSingleton<DeadLetterTable>();
        services.AddSingleton<AlarmTable>();
        services.AddSingleton<SiteCatalogue>();
        services.AddSingleton<TransferTable>();
        services.AddSingleton<RuleTable>();
        services.AddSingleton<UserTable>();
        return services;
    }

    /// <summary>
    /// Adds what brings streams of results into the database that <see cref="AddSiteDatabase"/> added; the host adds the
    /// stream store.
    /// </summary>
    public static IServiceCollection AddResultSinks(this IServiceCollection services, Action<SinkOptions>? configure = null)
    {
        var options = services.AddOptions<SinkOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SinkOptions>>(new Validator<SinkOptions>(SinkOptions.Faults)));
        services.AddSingleton<CircuitBreaker>();
        services.AddSingleton<SinkServices>();
        return services;
    }

    /// <summary>Adds what lets old rows go. Nothing goes by itself: the host calls it.</summary>
    public static IServiceCollection AddRowRetention(this IServiceCollection services, Action<RetentionOptions>? configure = null)
    {
        var options = services.AddOptions<RetentionOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RetentionOptions>>(new Validator<RetentionOptions>(RetentionOptions.Faults)));
        services.AddSingleton<RowRetention>();
        return services;
    }

    /// <summary>Keeps grain state under a storage name in the database that <see cref="AddSiteDatabase"/> added.</summary>
    public static ISiloBuilder AddSqlGrainStorage(this ISiloBuilder silo, string name)
    {
        silo.Services.AddGrainStorage(name, (services, _) => ActivatorUtilities.CreateInstance<SqlGrainStorage>(services));
        return silo;
    }

    private sealed class Validator<T>(Func<T, IEnumerable<string>> faultsOf) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            string[] faults = [.. faultsOf(options)];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
