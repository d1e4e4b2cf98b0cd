using System.Net;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>Who may connect to the broker, and what they may do there.</summary>
public sealed class MqttSecurityOptions
{
    /// <summary>Whether clients that show nothing of themselves are let in. Default false.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Users with the hashes of their passwords.</summary>
    public IList<MqttUser> Users { get; } = [];

    /// <summary>A file of further users, one <c>NAME:HASH</c> a line, read again when it changes; null for none.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Takes the user from the client's certificate, which the listener has checked. Default none.</summary>
    public MqttCertificateUser CertificateUser { get; set; }

    /// <summary>An HTTP service that decides on user names and passwords; null for none.</summary>
    public MqttHttpAuthenticationOptions? Http { get; set; }

    /// <summary>JSON Web Tokens in place of passwords; null for none.</summary>
    public MqttJwtOptions? Jwt { get; set; }

    /// <summary>
    /// What users may publish and subscribe. The first rule that speaks of it decides; what no rule speaks of is
    /// refused. Without any rule, everybody who is let in may do everything.
    /// </summary>
    public IList<MqttAccessRule> Access { get; } = [];

    /// <summary>Who is not let in, whatever they show.</summary>
    public IList<MqttBan> Bans { get; } = [];

    /// <summary>
    /// How long an address waits for the answer to its first failed login; twice as long with each that follows within
    /// ten minutes. Default 500 ms.
    /// </summary>
    public TimeSpan FailureDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest such wait. Default 5 s.</summary>
    public TimeSpan MaxFailureDelay { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>A user with a password.</summary>
public sealed class MqttUser
{
    /// <summary>The user name.</summary>
    public string Name { get; set; } = "";

    /// <summary>What <see cref="Mqtt.PasswordHash"/> made of the password.</summary>
    public string PasswordHash { get; set; } = "";
}

/// <summary>What of a client's certificate is its user name.</summary>
public enum MqttCertificateUser
{
    /// <summary>Nothing: certificates do not log in.</summary>
    None,
    /// <summary>The subject's common name.</summary>
    CommonName,
    /// <summary>The whole subject, as RFC 2253 writes it.</summary>
    Subject,
}

/// <summary>
/// An HTTP service that decides on logins. It gets a POST with the JSON object
/// <c>{"clientId", "userName", "password", "address"}</c> and answers 200 (let in; a body <c>{"user": "…"}</c> may name
/// the user), or 401 or 403 (refused).
/// </summary>
public sealed class MqttHttpAuthenticationOptions
{
    /// <summary>Where it is asked.</summary>
    public Uri? Url { get; set; }

    /// <summary>How long it may take. Default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>How JSON Web Tokens are checked. A client sends its token as the password.</summary>
public sealed class MqttJwtOptions
{
    /// <summary>The secret of HMAC signatures (HS256 to HS512), at least 32 bytes; null for none.</summary>
    public string? Secret { get; set; }

    /// <summary>A file with public keys in PEM (RS, PS and ES signatures); null for none.</summary>
    public string? PublicKeyFile { get; set; }

    /// <summary>Where a JSON Web Key Set is to be had; read again every ten minutes; null for none.</summary>
    public Uri? KeySetUrl { get; set; }

    /// <summary>Who must have issued the token; null for anybody.</summary>
    public string? Issuer { get; set; }

    /// <summary>For whom it must have been issued; null for anybody.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim that is the user name. Default <c>sub</c>.</summary>
    public string UserClaim { get; set; } = "sub";
}

/// <summary>Says what is wrong with the options, one sentence each.</summary>
internal sealed class MqttSecurityOptionsValidator : IValidateOptions<MqttSecurityOptions>
{
    public ValidateOptionsResult Validate(string? name, MqttSecurityOptions options)
    {
        var faults = new List<string>();
        foreach (var user in options.Users)
        {
            if (user.Name.Length == 0) faults.Add("mqtt: a user has no Name.");
            if (!PasswordHash.IsValid(user.PasswordHash))
            {
                faults.Add($"mqtt: the PasswordHash of user '{user.Name}' must be written $pbkdf2-sha512$ITERATIONS$SALT$HASH.");
            }
        }
        if (options.PasswordFile is { } file && !File.Exists(file)) faults.Add($"mqtt: the PasswordFile '{file}' does not exist.");
        if (!Enum.IsDefined(options.CertificateUser)) faults.Add($"mqtt: CertificateUser {options.CertificateUser} does not exist.");
        if (options.Http is { } http)
        {
            if (http.Url is not { IsAbsoluteUri: true, Scheme: "http" or "https" }) faults.Add("mqtt: Http:Url must be an http or https address.");
            if (http.Timeout <= TimeSpan.Zero || http.Timeout > TimeSpan.FromMinutes(1)) faults.Add("mqtt: Http:Timeout must be above zero and at most a minute.");
        }
        if (options.Jwt is { } jwt)
        {
            if (jwt.Secret is null && jwt.PublicKeyFile is null && jwt.KeySetUrl is null) faults.Add("mqtt: Jwt needs a Secret, a PublicKeyFile or a KeySetUrl.");
            if (jwt.Secret is { } secret && System.Text.Encoding.UTF8.GetByteCount(secret) < 32) faults.Add("mqtt: Jwt:Secret must have at least 32 bytes.");
            if (jwt.PublicKeyFile is { } keys && !File.Exists(keys)) faults.Add($"mqtt: Jwt:PublicKeyFile '{keys}' does not exist.");
        }
        foreach (var rule in options.Access)
        {
            if (!TopicFilter.TryParse(rule.Topic, out var filter, out var fault)) faults.Add($"mqtt: Access: {fault}");
            else if (filter.ShareName is not null) faults.Add($"mqtt: Access: '{rule.Topic}' must be a plain topic filter; it holds for shared subscriptions too.");
        }
        foreach (var ban in options.Bans)
        {
            if (ban.Fault is { } fault) faults.Add($"mqtt: Bans: {fault}");
        }
        if (options.FailureDelay < TimeSpan.Zero || options.MaxFailureDelay < options.FailureDelay || options.MaxFailureDelay > TimeSpan.FromSeconds(30))
        {
            faults.Add("mqtt: FailureDelay must not be negative, nor above MaxFailureDelay, and that not above 30 s.");
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
