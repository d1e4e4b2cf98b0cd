using Microsoft.Extensions.Options;
using Weir.Streams;
using Weir.Streams.Pravega;
using Weir.Streams.SegmentLog;

namespace Weir.Silo.Start;

/// <summary>What keeps the site's streams.</summary>
internal enum StreamStoreKind
{
    /// <summary>The segment log in the data folder.</summary>
    Embedded,

    /// <summary>A Pravega cluster.</summary>
    Pravega,
}

/// <summary>
/// Chooses what keeps the site's streams: <c>Weir:Streams:Store</c>, and for Pravega what stands below
/// <c>Weir:Streams:Pravega</c> (<see cref="PravegaStoreOptions"/>). The command line goes before the configuration.
/// </summary>
internal static class StreamStores
{
    private const string Section = "Weir:Streams";

    /// <exception cref="CannotStartException">The store is unknown, or not fit for a cluster.</exception>
    public static void AddStreamStore(this WebApplicationBuilder builder, SiteArguments arguments, SiteSettings settings, DataFolder data)
    {
        var section = builder.Configuration.GetSection(Section);
        if (KindOf(arguments, section["Store"]) == StreamStoreKind.Embedded)
        {
            if (settings.Cluster.IsConfigured)
                throw new CannotStartException($"The silos of a cluster share their streams, so {Section}:Store must be Pravega.");
            builder.Services.AddSegmentLog(options => options.Directory = data.Part("streams"));
            return;
        }
        builder.Services.AddPravegaStreamStore(options =>
        {
            section.GetSection("Pravega").Bind(options);
            if (arguments.PravegaController is { } controller) options.Controller = controller;
        });
    }

    /// <summary>Looks whether the store can be worked with, so that a wrong address, user or certificate is told at the start.</summary>
    /// <exception cref="CannotStartException">It cannot; the message says why.</exception>
    public static async Task CheckAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            if (services.GetRequiredService<IStreamStore>() is PravegaStreamStore)
                await PravegaStreamStore.ProbeAsync(services.GetRequiredService<IOptions<PravegaStoreOptions>>().Value, cancellationToken);
        }
        catch (OptionsValidationException e)
        {
            throw new CannotStartException($"{string.Join("; ", e.Failures)}. Give it with --pravega-controller or in {Section}:Pravega.");
        }
        catch (Exception e) when (e is StreamStoreException or ArgumentException)
        {
            throw new CannotStartException($"{e.Message} Is it the right one? It is set by --pravega-controller or {Section}:Pravega.");
        }
    }

    private static StreamStoreKind KindOf(SiteArguments arguments, string? configured)
    {
        if (arguments.Streams is { } asked) return asked;
        if (configured is null) return StreamStoreKind.Embedded;
        return Enum.TryParse<StreamStoreKind>(configured, ignoreCase: true, out var kind) && Enum.IsDefined(kind)
            ? kind
            : throw new CannotStartException($"{Section}:Store must be Embedded or Pravega, but is '{configured}'.");
    }
}
