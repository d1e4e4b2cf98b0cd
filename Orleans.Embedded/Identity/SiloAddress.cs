using System.Globalization;
using System.Net;

namespace Orleans.Runtime;

/// <summary>The address of a silo and which of its starts is meant. Immutable.</summary>
/// <remarks>The embedded silo opens no port: its address is <c>127.0.0.1:0</c> with the generation of its start.</remarks>
[Immutable]
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private static readonly DateTime GenerationEpoch = new(2022, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static int s_lastGeneration;

    private SiloAddress(IPEndPoint endpoint, int generation)
    {
        Endpoint = endpoint;
        Generation = generation;
    }

    /// <summary>No silo: <c>0.0.0.0:0</c>.</summary>
    public static SiloAddress Zero { get; } = New(new IPEndPoint(IPAddress.Any, 0), 0);

    /// <summary>The address.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>The start, which rises with each one.</summary>
    public int Generation { get; }

    /// <summary>True for the address of a client, whose generation is negative.</summary>
    public bool IsClient => Generation < 0;

    /// <summary>A silo address.</summary>
    public static SiloAddress New(IPEndPoint ep, int gen)
    {
        ArgumentNullException.ThrowIfNull(ep);
        return new SiloAddress(ep, gen);
    }

    /// <summary>A silo address.</summary>
    public static SiloAddress New(IPAddress address, int port, int generation) =>
        new(new IPEndPoint(address, port), generation);

    /// <summary>A generation for a start: the seconds since 2022, and never one that was given before.</summary>
    public static int AllocateNewGeneration()
    {
        var now = unchecked((int)((DateTime.UtcNow - GenerationEpoch).Ticks / TimeSpan.TicksPerSecond));
        while (true)
        {
            var last = Volatile.Read(ref s_lastGeneration);
            var next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref s_lastGeneration, next, last) == last) return next;
        }
    }

    /// <summary>Reads what <see cref="ToParsableString"/> writes: <c>address:port@generation</c>.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static SiloAddress FromParsableString(string addr)
    {
        ArgumentNullException.ThrowIfNull(addr);
        var at = addr.LastIndexOf('@');
        return at > 0 && IPEndPoint.TryParse(addr.AsSpan(0, at), out var endpoint)
            && int.TryParse(addr.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
                ? New(endpoint, generation)
                : throw new FormatException($"silo address '{addr}': expected the form address:port@generation");
    }

    /// <summary>The form <c>address:port@generation</c>.</summary>
    public string ToParsableString() => string.Create(CultureInfo.InvariantCulture, $"{Endpoint}@{Generation}");

    /// <inheritdoc/>
    public int CompareTo(SiloAddress? other)
    {
        if (other is null) return 1;
        var byGeneration = Generation.CompareTo(other.Generation);
        if (byGeneration != 0) return byGeneration;
        var byPort = Endpoint.Port.CompareTo(other.Endpoint.Port);
        return byPort != 0
            ? byPort
            : string.CompareOrdinal(Endpoint.Address.ToString(), other.Endpoint.Address.ToString());
    }

    /// <inheritdoc/>
    public bool Equals(SiloAddress? other) =>
        other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

    /// <summary>The form <c>S address:port:generation</c>.</summary>
    public override string ToString() => $"{(IsClient ? 'C' : 'S')}{Endpoint}:{Generation}";
}
