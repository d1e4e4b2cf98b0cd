namespace Weir.Mqtt;

/// <summary>
/// Further users with the hashes of their passwords, beside those of the configuration: it is asked for a name that
/// neither <see cref="MqttSecurityOptions.Users"/> nor the password file has. Thread-safe.
/// </summary>
public interface IMqttUserStore
{
    /// <summary>What <see cref="PasswordHash"/> made of a user's password; null where there is no such user, or it may not log in.</summary>
    /// <exception cref="Exception">Whatever is thrown is logged; the client is told that logins cannot be checked.</exception>
    ValueTask<string?> FindHashAsync(string userName, CancellationToken cancellationToken);

    /// <summary>Is told that a user has logged in; what is thrown is logged, and the user is in all the same.</summary>
    ValueTask SeenAsync(string userName, CancellationToken cancellationToken);
}
