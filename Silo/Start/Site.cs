using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Streams;
using Weir.Database;
using Weir.Database.Reminders;
using Weir.Grains;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Sites;
using Weir.Silo.Api;
using Weir.Silo.Broker;
using Weir.Silo.Demo;
using Weir.Silo.Runtime;
using Weir.Streams.Provider;
using Weir.Web;

namespace Weir.Silo.Start;

/// <summary>Builds a process of a site out of its parts and runs it until it is told to stop.</summary>
internal static class Site
{
    private const string Model = "centernet";
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    /// <summary>Answers the exit code: 0 after an orderly stop, 1 where the site cannot start.</summary>
    public static async Task<int> RunAsync(SiteArguments arguments, CancellationToken stop)
    {
        try
        {
            var builder = CreateBuilder(arguments);
            var settings = SiteSettings.Read(builder.Configuration);
            Check(arguments, settings, builder.Configuration);
            using var data = DataFolder.Take(arguments.Data.FullName);
            await using var app = Build(builder, arguments, settings, data);
            await Checks.DatabaseOpensAsync(app.Services.GetRequiredService<SiteDatabase>(), stop);
            if (settings.Role != SiteRole.Dashboard) await StreamStores.CheckAsync(app.Services, stop);
            app.Lifetime.ApplicationStarted.Register(() => Announce(arguments, settings, data));
            await app.RunAsync(stop);
            return 0;
        }
        catch (CannotStartException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OptionsValidationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{e.Message} Give another port with --http-port or --mqtt-port.");
            return 1;
        }
    }

    private static WebApplicationBuilder CreateBuilder(SiteArguments arguments)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        SiteSettings.AddTo(builder.Configuration, arguments.Configuration);
        return builder;
    }

    private static void Check(SiteArguments arguments, SiteSettings settings, IConfiguration configuration)
    {
        SiloRuntime.Check(settings, configuration);
        if (settings.Role == SiteRole.Edge)
        {
            Checks.ProgramIsThere("ffmpeg", "ffmpeg");
            Checks.ModelIsThere(arguments.Models, Model);
        }
        Checks.PortIsFree(arguments.HttpPort, "the dashboard", "--http-port");
        if (settings.Role != SiteRole.Dashboard) Checks.PortIsFree(arguments.MqttPort, "MQTT", "--mqtt-port");
    }

    private static WebApplication Build(WebApplicationBuilder builder, SiteArguments arguments, SiteSettings settings, DataFolder data)
    {
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, arguments.HttpPort));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopPatience);
        builder.Services.AddSiteDatabase(options =>
        {
            builder.Configuration.GetSection($"{SiteSettings.Section}:Database").Bind(options);
            if (options.ConnectionString.Length == 0) options.File = data.Part("site.db");
        });

        // Hosted services start in this order and stop in the other: the silo, the site's grains, the demo, and Kestrel
        // with the broker last.
        if (settings.Role == SiteRole.Dashboard) SiloRuntime.UseClient(builder, settings);
        else AddSilo(builder, arguments, settings, data);
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(data.Part("keys")));
        builder.Services.AddDashboard();
        builder.Services.AddSiteApi();
        if (arguments.Demo && settings is { Role: SiteRole.Edge, Cluster.IsConfigured: false }) builder.AddDemo(arguments);

        var app = builder.Build();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), api => api.UseExceptionHandler());
        app.UseHostFiltering();
        if (settings.Role != SiteRole.Dashboard) app.MapSiteBroker();
        app.MapMetrics();
        app.MapSiteApi();
        app.MapDashboard();
        return app;
    }

    private static void AddSilo(WebApplicationBuilder builder, SiteArguments arguments, SiteSettings settings, DataFolder data)
    {
        builder.AddStreamStore(arguments, settings, data);
        builder.AddSiteBroker(arguments, settings);
        SiloRuntime.UseSilo(builder, settings, silo => silo
            .AddSqlGrainStorage(SiteStorage.Name)
            .UseSqlReminders()
            // Who consumes detections is said by attributes, so no subscription needs to be kept anywhere.
            .AddEmbeddedStreams(
                DetectionStreams.Provider, configureStream: stream => stream.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly)));
        builder.AddTransferSettings();
        var database = builder.Configuration.GetSection($"{SiteSettings.Section}:Database");
        builder.Services.AddResultSinks(database.GetSection("Sink").Bind);
        builder.Services.AddRowRetention(database.GetSection("Retention").Bind);
        builder.Services.AddSiteGrains(options =>
        {
            options.DataFolder = data.Path;
            options.ArchiveFolder = settings.ArchiveFolder is { } shared ? Path.GetFullPath(shared) : data.Part("archive");
            options.EncryptionKeyFolder = settings.EncryptionKeyFolder is { } keys ? Path.GetFullPath(keys) : Path.Combine(data.Path, "encryption-keys");
            options.ModelsFolder = settings.Role == SiteRole.Edge ? arguments.Models.FullName : null;
            options.Model = Model;
            builder.Configuration.GetSection($"{SiteSettings.Section}:Inference").Bind(options.Inference);
            options.BrokerEndpoint = $"127.0.0.1:{arguments.MqttPort}";
        });
    }

    private static void Announce(SiteArguments arguments, SiteSettings settings, DataFolder data)
    {
        var broker = settings.Role == SiteRole.Dashboard ? "" : $"\n  MQTT broker  127.0.0.1:{arguments.MqttPort}";
        var cluster = settings.Cluster.IsConfigured ? $"\n  Cluster      {settings.Cluster.ClusterId}" : "";
        Console.WriteLine($"""
            Weir runs.
              Dashboard    http://127.0.0.1:{arguments.HttpPort}
              HTTP API     http://127.0.0.1:{arguments.HttpPort}/openapi/v1.json{broker}{cluster}
              Data         {data.Path}
            Ctrl-C stops it.
            """);
    }
}
