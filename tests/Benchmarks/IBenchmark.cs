namespace Weir.Benchmarks;

/// <summary>One benchmark: it measures Weir and, in the same run, a peer or the machine's own limit.</summary>
public interface IBenchmark
{
    /// <summary>What <c>./bench.sh</c> calls it.</summary>
    string Name { get; }

    /// <summary>One line that says what is measured against what.</summary>
    string Description { get; }

    /// <summary>Runs it.</summary>
    Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken);
}

/// <summary>One measured figure beside its peer.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">Weir's figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Peer">What it is held against.</param>
/// <param name="PeerValue">The peer's figure from the same run; null where there is no peer here.</param>
/// <param name="Goal">The ratio to reach, Weir to peer; null where the figure is only told.</param>
/// <param name="LessIsBetter">Whether the goal is the highest ratio that will do, rather than the lowest.</param>
public sealed record Figure(
    string Name, double Value, string Unit, string? Peer = null, double? PeerValue = null, double? Goal = null, bool LessIsBetter = false)
{
    /// <summary>Weir to peer.</summary>
    public double? Ratio => PeerValue is > 0 ? Value / PeerValue : null;

    /// <summary>Whether the goal is reached; null where there is none.</summary>
    public bool? Reached => Goal is { } goal ? LessIsBetter ? Ratio <= goal : Ratio >= goal : null;
}

/// <summary>Options of a run, written <c>name=value</c>.</summary>
public sealed class BenchmarkArguments
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    /// <summary>Reads them from the command line.</summary>
    public static BenchmarkArguments Parse(ReadOnlySpan<string> words)
    {
        var arguments = new BenchmarkArguments();
        foreach (var word in words)
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new ArgumentException($"Options are written name=value, but this is '{word}'.");
            arguments.values[word[..at]] = word[(at + 1)..];
        }
        return arguments;
    }

    /// <summary>A whole number, or its default.</summary>
    public int Number(string name, int otherwise) =>
        values.TryGetValue(name, out var text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
}
