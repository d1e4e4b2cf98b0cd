using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Mqtt;

/// <summary>Where the broker listens, and how.</summary>
public sealed class MqttListenerOptions
{
    /// <summary>The address: of IPv4 or IPv6, or <c>*</c> for all of both. Default 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The TCP port; 0 for any that is free. Default 1883; with TLS, 8883 is usual.</summary>
    public int Port { get; set; } = 1883;

    /// <summary>A certificate in PEM, with those between it and its root; with it the listener speaks TLS. Null for none.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The certificate's private key in PEM; null where it is in <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The authorities in PEM that may have issued clients' certificates; null where none are asked for.</summary>
    public string? ClientCaFile { get; set; }

    /// <summary>Whether a client without certificate is turned away. Default false.</summary>
    public bool RequireClientCertificate { get; set; }

    /// <summary>
    /// Whether each connection begins with a header of the PROXY protocol, version 2, as a load balancer sends it. One
    /// without is closed: a client could say anything. Default false.
    /// </summary>
    public bool ProxyProtocol { get; set; }

    /// <exception cref="ArgumentException">What is wrong, in a sentence.</exception>
    internal IPAddress Validate()
    {
        if (Port is < 0 or > 65_535) throw new ArgumentException($"mqtt: a listener's Port must be between 0 and 65,535, but is {Port}.");
        foreach (var file in (string?[])[CertificateFile, KeyFile, ClientCaFile])
        {
            if (file is not null && !File.Exists(file)) throw new ArgumentException($"mqtt: the file '{file}' of the listener at {Address}:{Port} does not exist.");
        }
        if (CertificateFile is null && (KeyFile is not null || ClientCaFile is not null || RequireClientCertificate))
        {
            throw new ArgumentException($"mqtt: the listener at {Address}:{Port} has options of TLS, but no CertificateFile.");
        }
        if (RequireClientCertificate && ClientCaFile is null)
        {
            throw new ArgumentException($"mqtt: the listener at {Address}:{Port} requires client certificates, but no ClientCaFile says whose.");
        }
        if (Address == "*") return IPAddress.IPv6Any;
        return IPAddress.TryParse(Address, out var parsed) ? parsed
            : throw new ArgumentException($"mqtt: a listener's Address must be an IP address or *, but is '{Address}'.");
    }

    internal X509Certificate2Collection ReadChain()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(CertificateFile!);
        return chain;
    }

    internal X509Certificate2 ReadCertificate() => X509Certificate2.CreateFromPemFile(CertificateFile!, KeyFile ?? CertificateFile);
}
