using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Mqtt;

/// <summary>What came of one step of a login.</summary>
/// <param name="Admission">The decision; null where the client must send more.</param>
/// <param name="Data">Authentication data for the client; null for none.</param>
internal readonly record struct LoginStep(Admission? Admission, ReadOnlyMemory<byte>? Data);

/// <summary>One connection's login: a single decision, or an exchange of AUTH packets (section 4.12), which may come again.</summary>
internal sealed class ClientLogin(
    Gatekeeper gate, ConnectPacket connect, ConnectTerms terms, IPAddress? address, X509Certificate2? certificate)
{
    private readonly MqttLogin login = new(terms.ClientId, connect.UserName, Memory(connect.Password), address, certificate);
    private IMqttAuthenticationExchange? exchange;

    public ConnectTerms Terms => terms;

    /// <summary>The method that the client named in CONNECT; null for none.</summary>
    public string? Method => connect.Properties.AuthenticationMethod;

    /// <summary>Whether an AUTH packet of the client is awaited.</summary>
    public bool IsInProgress => exchange is not null;

    /// <summary>Looks at the CONNECT.</summary>
    /// <exception cref="MqttException">It has authentication data, but names no method.</exception>
    public async ValueTask<LoginStep> BeginAsync()
    {
        if (Method is null)
        {
            if (connect.Properties.AuthenticationData is not null)
            {
                throw MqttException.ProtocolError("CONNECT has authentication data, but no authentication method.");
            }
            return new LoginStep(await gate.AdmitAsync(login).ConfigureAwait(false), null);
        }
        exchange = gate.Begin(Method, login);
        if (exchange is null)
        {
            return new LoginStep(new Admission(
                ReasonCode.BadAuthenticationMethod, $"The authentication method '{Method}' is not supported.", null, null), null);
        }
        return await StepAsync(connect.Properties.AuthenticationData).ConfigureAwait(false);
    }

    /// <summary>Looks at an AUTH packet.</summary>
    /// <exception cref="MqttException">It must not come, or not this way.</exception>
    public async ValueTask<LoginStep> ContinueAsync(AuthPacket packet)
    {
        if (packet.Properties.AuthenticationMethod != Method)
        {
            throw MqttException.ProtocolError($"AUTH must name the authentication method '{Method}', as CONNECT did.");
        }
        if (packet.Reason == ReasonCode.ReAuthenticate && exchange is null) exchange = gate.Begin(Method!, login)!;
        else if (packet.Reason != ReasonCode.ContinueAuthentication || exchange is null)
        {
            throw MqttException.ProtocolError($"AUTH with the reason {packet.Reason} must not come now.");
        }
        return await StepAsync(packet.Properties.AuthenticationData).ConfigureAwait(false);
    }

    /// <summary>The AUTH packet that carries a step to the client.</summary>
    public AuthPacket Packet(ReasonCode reason, ReadOnlyMemory<byte>? data) => new(reason)
    {
        Properties = new Properties { AuthenticationMethod = Method, AuthenticationData = data?.ToArray() },
    };

    /// <summary>Nothing stays nothing: the conversion of the language would make it empty.</summary>
    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;

    private async ValueTask<LoginStep> StepAsync(byte[]? data)
    {
        var (admission, answer) = await gate.StepAsync(exchange!, login, Memory(data)).ConfigureAwait(false);
        if (admission is not null) exchange = null;
        return new LoginStep(admission, answer);
    }
}
