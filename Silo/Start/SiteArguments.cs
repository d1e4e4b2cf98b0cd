using System.CommandLine;
using Weir.Silo.Broker;

namespace Weir.Silo.Start;

/// <summary>What the command line says.</summary>
internal sealed record SiteArguments
{
    public required DirectoryInfo Data { get; init; }

    public required int HttpPort { get; init; }

    public required int MqttPort { get; init; }

    public required bool Demo { get; init; }

    public required FileInfo? DemoVideo { get; init; }

    public required DirectoryInfo Models { get; init; }

    public required FileInfo? Configuration { get; init; }

    /// <summary>What keeps the streams; null where the configuration says it.</summary>
    public required StreamStoreKind? Streams { get; init; }

    /// <summary>The controllers of Pravega; null where the configuration says it.</summary>
    public required string? PravegaController { get; init; }

    /// <summary>Reads the command line and runs the site with it; answers the exit code. <c>--help</c> and mistakes are told here.</summary>
    public static Task<int> RunAsync(string[] words, Func<SiteArguments, CancellationToken, Task<int>> run)
    {
        var data = new Option<DirectoryInfo>("--data")
        {
            Description = "The folder that holds everything the site keeps; made where it is missing.",
            DefaultValueFactory = _ => new DirectoryInfo("data"),
        };
        var http = Port("--http-port", "Port of dashboard and HTTP API on 127.0.0.1.", 8080);
        var mqtt = Port("--mqtt-port", "Port of the MQTT broker on 127.0.0.1.", 1883);
        var noDemo = new Option<bool>("--no-demo") { Description = "Start without the demo camera and the simulated machines." };
        var video = new Option<FileInfo?>("--demo-video") { Description = "The video that the demo camera plays." };
        var models = new Option<DirectoryInfo>("--models")
        {
            Description = "The folder of models, one folder a model.",
            DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "models")),
        };

        var configuration = ConfigurationOption();
        var streams = new Option<StreamStoreKind?>("--streams") { Description = "What keeps the streams: embedded (the data folder, the default) or pravega." };
        var pravega = new Option<string?>("--pravega-controller") { Description = "Pravega's controller, such as tcp://127.0.0.1:9090." };

        var command = new RootCommand("Weir: cameras and sensors, kept, looked at and shown, on one machine.")
        {
            data, http, mqtt, noDemo, video, models, streams, pravega, configuration, CopyDatabaseCommand.Create(),
        };
        command.SetAction((parsed, stop) => run(new SiteArguments
        {
            Data = parsed.GetValue(data)!,
            HttpPort = parsed.GetValue(http),
            MqttPort = parsed.GetValue(mqtt),
            Demo = !parsed.GetValue(noDemo),
            DemoVideo = parsed.GetValue(video),
            Models = parsed.GetValue(models)!,
            Configuration = parsed.GetValue(configuration),
            Streams = parsed.GetValue(streams),
            PravegaController = parsed.GetValue(pravega),
        }, stop));
        command.Subcommands.Add(PasswordCommand.Make());
        // The host stops the site on Ctrl-C, in order and in its own time.
        return command.Parse(words).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    /// <summary>The option that names a configuration file.</summary>
    public static Option<FileInfo?> ConfigurationOption()
    {
        var option = new Option<FileInfo?>("--config")
        {
            Description = "A JSON file with the site's configuration; environment variables such as Weir__Role go over it. See docs/runtimes.md.",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo?>() is { Exists: false } file) result.AddError($"--config: there is no file '{file.FullName}'.");
        });
        return option;
    }

    private static Option<int> Port(string name, string description, int otherwise)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            var port = result.GetValueOrDefault<int>();
            if (port is < 1 or > 65535) result.AddError($"{name} must be between 1 and 65535, but is {port}.");
        });
        return option;
    }
}
