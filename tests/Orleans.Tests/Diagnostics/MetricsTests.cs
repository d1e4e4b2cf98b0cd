using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Diagnostics;

internal interface IMeasured : IGrainWithStringKey
{
    Task<bool> Call();

    [ResponseTimeout("00:00:00.3")]
    Task Hang();

    Task End();
}

internal sealed class MeasuredGrain : Grain, IMeasured
{
    public Task<bool> Call() => Task.FromResult(true);

    public Task Hang() => Task.Delay(TimeSpan.FromSeconds(2));

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

/// <summary>
/// https://learn.microsoft.com/dotnet/orleans/host/monitoring/#metrics; the tags are those that Orleans 10.4.2 was seen
/// to give.
/// </summary>
public sealed class MetricsTests
{
    private const string GrainType = "grain_type=measured";

    [Fact]
    public async Task Activations_are_counted_by_grain_type()
    {
        await using var silo = await TestSilo.StartAsync();
        using var meter = new SiloMeter(silo);
        var grain = silo.Client.GetGrain<IMeasured>("x");

        await grain.Call();
        await Eventually.IsTrueAsync(
            () => meter.Count("orleans-catalog-activation-latency", "status=success", GrainType) == 1, "it has begun");
        Assert.Equal(1, meter.Sum("orleans-grains", GrainType));
        Assert.Equal(1, meter.Sum("orleans-catalog-activation-created", GrainType));
        Assert.Equal(1, meter.Observe("orleans-catalog-activations", GrainType));

        await grain.End();
        await Eventually.IsTrueAsync(
            () => meter.Sum("orleans-catalog-activation-destroyed", GrainType) == 1, "the activation has ended");
        Assert.Equal(0, meter.Sum("orleans-grains", GrainType));
        Assert.Equal(1, meter.Sum("orleans-catalog-activation-shutdown", "via=deactivateOnIdle", GrainType));
        Assert.Equal(0, meter.Observe("orleans-catalog-activations", GrainType));
    }

    [Fact]
    public async Task The_time_of_calls_is_measured_and_time_outs_are_counted()
    {
        await using var silo = await TestSilo.StartAsync();
        using var meter = new SiloMeter(silo);
        var grain = silo.Client.GetGrain<IMeasured>("y");

        await grain.Call();
        await Assert.ThrowsAsync<TimeoutException>(grain.Hang);

        await Eventually.IsTrueAsync(
            () => meter.Count("orleans-app-requests-latency") >= 1, "the time of the first call is known");
        Assert.Equal(1, meter.Sum("orleans-app-requests-timedout", GrainType));
    }

    /// <summary>Listens to the meter of one silo.</summary>
    private sealed class SiloMeter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Name, double Value, string[] Tags)> _measured = new();

        public SiloMeter(TestSilo silo)
        {
            var factory = silo.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Microsoft.Orleans" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public int Count(string name, params string[] tags) => Of(name, tags).Count();

        public double Sum(string name, params string[] tags) => Of(name, tags).Sum();

        /// <summary>What an instrument that is asked says now.</summary>
        public double Observe(string name, params string[] tags)
        {
            var before = Sum(name, tags);
            _listener.RecordObservableInstruments();
            return Sum(name, tags) - before;
        }

        public void Dispose() => _listener.Dispose();

        private IEnumerable<double> Of(string name, string[] tags) => _measured
            .Where(one => one.Name == name && tags.All(one.Tags.Contains))
            .Select(one => one.Value);

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _measured.Enqueue((instrument.Name, value, [.. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]));
    }
}
