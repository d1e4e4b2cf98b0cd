using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Orleans.Tests;

/// <summary>Notes what grains did, as a service that they get by their constructors.</summary>
internal sealed class Recorder
{
    private readonly ConcurrentQueue<string> _events = new();

    public string[] Events => [.. _events];

    public void Add(string what) => _events.Enqueue(what);

    public int Count(string what) => _events.Count(one => one == what);
}

internal static class RecorderExtensions
{
    public static ISiloBuilder AddRecorder(this ISiloBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<Recorder>());

    public static Recorder Recorder(this TestSilo silo) => silo.Services.GetRequiredService<Recorder>();
}
