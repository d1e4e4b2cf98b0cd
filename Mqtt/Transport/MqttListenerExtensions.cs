using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Weir.Mqtt;

/// <summary>Makes Kestrel listen for MQTT.</summary>
public static class MqttListenerExtensions
{
    /// <summary>Adds a listener. Needs <see cref="MqttServiceCollectionExtensions.AddMqttBroker"/>.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate or key cannot be read.</exception>
    public static void ListenMqtt(this KestrelServerOptions kestrel, MqttListenerOptions options)
    {
        var address = options.Validate();
        var tls = options.CertificateFile is null ? null : Tls(options);
        kestrel.Listen(new MqttEndPoint(address, options.Port), endpoint =>
        {
            if (options.ProxyProtocol)
            {
                var proxy = new ProxyProtocol(((MqttBroker)endpoint.ApplicationServices.GetRequiredService<IMqttBroker>()).Log);
                endpoint.Use(next => connection => proxy.RunAsync(connection, next));
            }
            if (tls is not null) endpoint.UseHttps(tls);
            endpoint.UseConnectionHandler<MqttConnectionHandler>();
        });
    }

    private static HttpsConnectionAdapterOptions Tls(MqttListenerOptions options)
    {
        var tls = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = options.ReadCertificate(),
            ServerCertificateChain = options.ReadChain(),
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateMode = options.RequireClientCertificate ? ClientCertificateMode.RequireCertificate
                : options.ClientCaFile is null ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
        };
        if (options.ClientCaFile is not { } file) return tls;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        tls.ClientCertificateValidation = (certificate, chain, _) => IsIssuedBy(authorities, certificate, chain);
        return tls;
    }

    private static bool IsIssuedBy(X509Certificate2Collection authorities, X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        // The authorities are the operator's own; whom they no longer trust goes on the ban list.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
