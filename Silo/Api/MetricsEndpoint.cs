using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Weir.Silo.Api;

/// <summary>
/// What the meters of Weir measure, as text for Prometheus (exposition format 0.0.4) at <c>/metrics</c>. Observed when
/// asked: nothing is gathered in between, so only instruments that can be observed are shown.
/// </summary>
internal static partial class MetricsEndpoint
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string MeterPrefix = "Weir.";

    public static void MapMetrics(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metrics", () => Results.Text(Collect(), ContentType, Encoding.UTF8)).ExcludeFromDescription();

    /// <summary>Asks every instrument once and writes what it says.</summary>
    public static string Collect()
    {
        var families = new SortedDictionary<string, Family>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.IsObservable && instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal)) listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();

        var text = new StringBuilder();
        foreach (var (name, family) in families)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {family.Help}\n# TYPE {name} {family.Type}\n");
            foreach (var line in family.Lines) text.Append(line).Append('\n');
        }
        return text.ToString();

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var counts = instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableCounter<>);
            var name = NameOf(instrument, counts);
            if (!families.TryGetValue(name, out var family))
            {
                families[name] = family = new Family(Escape(instrument.Description ?? name), counts ? "counter" : "gauge", []);
            }
            family.Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name}{Labels(tags)} {value}"));
        }
    }

    private static string NameOf(Instrument instrument, bool counts)
    {
        var unit = instrument.Unit switch { "By" => "_bytes", "s" => "_seconds", _ => "" };
        var name = NotInNames().Replace(instrument.Name, "_");
        return $"{name}{(name.EndsWith(unit, StringComparison.Ordinal) || name.Contains("_bytes_", StringComparison.Ordinal) ? "" : unit)}{(counts ? "_total" : "")}";
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var labels = new List<string>();
        foreach (var (name, value) in tags) labels.Add($"{NotInNames().Replace(name, "_")}=\"{Escape($"{value}").Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        return $"{{{string.Join(',', labels)}}}";
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    [GeneratedRegex("[^a-zA-Z0-9_]")]
    private static partial Regex NotInNames();

    private sealed record Family(string Help, string Type, List<string> Lines);
}
