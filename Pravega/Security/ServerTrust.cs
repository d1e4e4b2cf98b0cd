using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Pravega.Security;

/// <summary>How TLS looks at a server's certificate: the same for controllers and segment stores.</summary>
internal static class ServerTrust
{
    public static SslClientAuthenticationOptions For(PravegaClientOptions options, string host)
    {
        var trust = new SslClientAuthenticationOptions { TargetHost = host };
        if (options.TrustedCertificates is { } roots)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(roots);
            trust.CertificateChainPolicy = policy;
        }
        if (!options.ValidateHostName)
        {
            trust.RemoteCertificateValidationCallback = (_, _, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        }
        return trust;
    }

    /// <summary>The sentence for a handshake that failed.</summary>
    public static PravegaTlsException Failed(string server, Exception cause) => new(
        $"TLS with {server} failed: {cause.Message} If the server has a certificate of its own, give it with TrustedCertificates; "
        + "if it speaks plain TCP, use tcp:// instead of tls://.", cause);
}
