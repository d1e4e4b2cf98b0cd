using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Pravega;

/// <summary>Where Pravega is and how this client talks to it.</summary>
public sealed class PravegaClientOptions
{
    /// <summary>
    /// The controllers: <c>tcp://host:9090</c>, several with commas. <c>tls://</c> (or <c>ssl://</c>) speaks TLS with
    /// controllers and segment stores. <c>pravega://</c> and <c>pravegas://</c> ask the given controllers for the list of all.
    /// </summary>
    public required string Controller { get; set; }

    /// <summary>Who asks; null where the server wants nobody's name.</summary>
    public PravegaCredentials? Credentials { get; set; }

    /// <summary>
    /// The certificates that servers' certificates must come from; null takes those that the machine trusts.
    /// <see cref="TrustPemFile"/> reads them.
    /// </summary>
    public X509Certificate2Collection? TrustedCertificates { get; set; }

    /// <summary>Whether a server's certificate must name the host that was called.</summary>
    public bool ValidateHostName { get; set; } = true;

    /// <summary>
    /// Where to go for a segment store that publishes an address which cannot be reached from here (containers, forwarded
    /// ports); null goes where it says. Certificates are held against the address that is gone to.
    /// </summary>
    public Func<DnsEndPoint, DnsEndPoint>? MapSegmentStore { get; set; }

    /// <summary>How long a connection to a segment store may take to come up; 100 ms to 5 min.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one call of a controller may take; 100 ms to 1 h.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a call is tried again while no server answers, or one answers that it cannot just now; zero tries once.
    /// A writer goes on for as long as its own options say.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>A segment store that says nothing for three times this is gone; 100 ms to 1 h.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most connections a segment store for reads, tables and questions; 1 to 100. A writer has its own.</summary>
    public int ConnectionsPerStore { get; set; } = 4;

    /// <summary>Takes the certificates of a PEM file as the only ones to trust.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void TrustPemFile(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        if (certificates.Count == 0) throw new ArgumentException($"There is no certificate in '{path}'.", nameof(path));
        TrustedCertificates = certificates;
    }

    internal string Scheme => Controller.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? Controller[..at] : "tcp";

    internal bool UsesTls => Scheme is "tls" or "ssl" or "pravegas";

    internal void Validate()
    {
        if (Scheme is not ("tcp" or "tls" or "ssl" or "pravega" or "pravegas"))
            throw Wrong($"{nameof(Controller)} must begin with tcp://, tls://, ssl://, pravega:// or pravegas://, but is '{Controller}'");
        Between(ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), nameof(ConnectTimeout));
        Between(CallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(CallTimeout));
        Between(RetryFor, TimeSpan.Zero, TimeSpan.FromDays(1), nameof(RetryFor));
        Between(KeepAlive, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(KeepAlive));
        if (ConnectionsPerStore is < 1 or > 100)
            throw Wrong($"{nameof(ConnectionsPerStore)} must be between 1 and 100, but is {ConnectionsPerStore:N0}");
    }

    private static void Between(TimeSpan value, TimeSpan least, TimeSpan most, string what)
    {
        if (value < least || value > most) throw Wrong($"{what} must be between {least} and {most}, but is {value}");
    }

    private static ArgumentException Wrong(string sentence) => new($"Pravega client: {sentence}.");
}
