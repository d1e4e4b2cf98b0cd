using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Orleans.Runtime;

/// <summary>The metrics of the silo, under the names and with the tags that Orleans 10.4 gives them.</summary>
internal sealed class SiloInstruments
{
    private readonly Meter _meter;
    private readonly Counter<int> _created;
    private readonly Counter<int> _destroyed;
    private readonly Counter<int> _failed;
    private readonly Counter<int> _collections;
    private readonly Counter<int> _shutdowns;
    private readonly UpDownCounter<int> _grains;
    private readonly Counter<long> _timedOut;
    private readonly Counter<long> _canceled;
    private readonly Histogram<double> _activationLatency;
    private readonly Histogram<double> _callLatency;

    public SiloInstruments(IMeterFactory factory)
    {
        _meter = factory.Create("Microsoft.Orleans");
        _created = _meter.CreateCounter<int>("orleans-catalog-activation-created");
        _destroyed = _meter.CreateCounter<int>("orleans-catalog-activation-destroyed");
        _failed = _meter.CreateCounter<int>("orleans-catalog-activation-failed-to-activate");
        _collections = _meter.CreateCounter<int>("orleans-catalog-activation-collections");
        _shutdowns = _meter.CreateCounter<int>("orleans-catalog-activation-shutdown");
        _grains = _meter.CreateUpDownCounter<int>("orleans-grains");
        _timedOut = _meter.CreateCounter<long>("orleans-app-requests-timedout");
        _canceled = _meter.CreateCounter<long>("orleans-app-requests-canceled");
        _activationLatency = _meter.CreateHistogram<double>("orleans-catalog-activation-latency", "ms");
        _callLatency = _meter.CreateHistogram<double>("orleans-app-requests-latency", "ms");
    }

    /// <summary>The time now, if somebody listens to how long calls take, or else 0.</summary>
    public long StampCall() => _callLatency.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>The time now, if somebody listens to how long activations take to begin, or else 0.</summary>
    public long StampActivation() => _activationLatency.Enabled ? Stopwatch.GetTimestamp() : 0;

    public void ObserveActivations(Func<IEnumerable<Activation>> activations) => _meter.CreateObservableGauge(
        "orleans-catalog-activations",
        () => activations()
            .CountBy(activation => activation.GrainClass)
            .Select(pair => new Measurement<int>(pair.Value, pair.Key.MetricTag)));

    public void OnActivated(GrainClass grainClass, long begun)
    {
        var type = grainClass.MetricTag;
        _created.Add(1, type);
        _grains.Add(1, type);
        RecordActivation(grainClass, begun, "success");
    }

    public void OnFailedToActivate(GrainClass grainClass, long begun)
    {
        _failed.Add(1, grainClass.MetricTag);
        RecordActivation(grainClass, begun, "error");
    }

    public void OnDeactivated(GrainClass grainClass, DeactivationReasonCode reason)
    {
        var type = grainClass.MetricTag;
        _destroyed.Add(1, type);
        _grains.Add(-1, type);
        var via = reason switch
        {
            DeactivationReasonCode.ActivationIdle => "collection",
            DeactivationReasonCode.ApplicationRequested => "deactivateOnIdle",
            _ => null,
        };
        if (via is not null) _shutdowns.Add(1, new KeyValuePair<string, object?>("via", via), type);
    }

    public void OnCollection() => _collections.Add(1);

    public void OnTimedOut(GrainId grain) => _timedOut.Add(1, TypeTag(grain.Type));

    public void OnCanceled(GrainId grain) => _canceled.Add(1, TypeTag(grain.Type));

    /// <summary>A call has ended that was stamped when it was sent.</summary>
    public void OnEnded(long sent) => _callLatency.Record(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);

    private void RecordActivation(GrainClass grainClass, long begun, string status)
    {
        if (begun == 0) return;
        _activationLatency.Record(
            Stopwatch.GetElapsedTime(begun).TotalMilliseconds,
            new KeyValuePair<string, object?>("status", status), grainClass.MetricTag);
    }

    private static KeyValuePair<string, object?> TypeTag(GrainType type) => new("grain_type", type.ToString());
}
