using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Mqtt;

/// <summary>
/// One way to tell who a client is. All that are registered are asked in their order until one of them is concerned.
/// Thread-safe.
/// </summary>
public interface IMqttAuthenticator
{
    /// <summary>Decides on a client, or says that this way is not its.</summary>
    /// <param name="login">What the client shows.</param>
    /// <param name="cancellationToken">Fires when the broker ends, or the client has waited too long.</param>
    /// <exception cref="Exception">Whatever is thrown is logged; the client is told that the server is not available.</exception>
    ValueTask<MqttLoginVerdict> AuthenticateAsync(MqttLogin login, CancellationToken cancellationToken);
}

/// <summary>What a client shows of itself in CONNECT.</summary>
/// <param name="ClientId">Its client identifier; the one assigned to it where it sent none.</param>
/// <param name="UserName">The user name; null for none.</param>
/// <param name="Password">The password; null for none. Not to be kept or logged.</param>
/// <param name="Address">Where it comes from; null where the transport has no such address.</param>
/// <param name="Certificate">Its certificate, checked by the listener; null for none.</param>
public sealed record MqttLogin(
    string ClientId, string? UserName, ReadOnlyMemory<byte>? Password, IPAddress? Address, X509Certificate2? Certificate)
{
    /// <summary>Leaves the password out.</summary>
    public override string ToString() => $"client '{ClientId}', user '{UserName}', from {Address}";
}

/// <summary>What an authenticator says.</summary>
public readonly record struct MqttLoginVerdict
{
    /// <summary>The client shows nothing that this authenticator looks at: another one is to decide.</summary>
    public static MqttLoginVerdict NotConcerned => default;

    /// <summary>Whether it decided at all.</summary>
    public bool IsDecided { get; private init; }

    /// <summary>Success, or why the client is refused.</summary>
    public ReasonCode Reason { get; private init; }

    /// <summary>Who the client is, where it is accepted.</summary>
    public string? User { get; private init; }

    /// <summary>When the acceptance ends and with it the connection; null for never.</summary>
    public DateTimeOffset? ValidUntil { get; private init; }

    /// <summary>Why, for the log; never a secret.</summary>
    public string? Why { get; private init; }

    /// <summary>The client is this user.</summary>
    public static MqttLoginVerdict Accepted(string user, DateTimeOffset? validUntil = null) =>
        new() { IsDecided = true, User = user, ValidUntil = validUntil };

    /// <summary>The client is not let in.</summary>
    public static MqttLoginVerdict Refused(ReasonCode reason, string why) => new() { IsDecided = true, Reason = reason, Why = why };
}
