using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>Takes the user from the client's certificate, which the listener's TLS has checked.</summary>
internal sealed class CertificateAuthenticator(IOptions<MqttSecurityOptions> options) : IMqttAuthenticator
{
    public ValueTask<MqttLoginVerdict> AuthenticateAsync(MqttLogin login, CancellationToken cancellationToken)
    {
        var wanted = options.Value.CertificateUser;
        if (login.Certificate is not { } certificate || wanted == MqttCertificateUser.None) return ValueTask.FromResult(MqttLoginVerdict.NotConcerned);
        var user = wanted == MqttCertificateUser.Subject ? certificate.Subject : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return ValueTask.FromResult(user.Length > 0
            ? MqttLoginVerdict.Accepted(user, certificate.NotAfter)
            : MqttLoginVerdict.Refused(ReasonCode.NotAuthorized, "the certificate names nobody"));
    }
}
