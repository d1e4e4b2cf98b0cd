using System.Globalization;
using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>Where the Pravega that keeps a site's streams is.</summary>
public sealed class PravegaStoreOptions
{
    /// <summary>The controllers: <c>tcp://host:9090</c>, several with commas; <c>tls://</c> with TLS.</summary>
    public string Controller { get; set; } = "";

    /// <summary>The user that asks; null where Pravega wants nobody's name.</summary>
    public string? User { get; set; }

    /// <summary>The user's password.</summary>
    public string? Password { get; set; }

    /// <summary>A PEM file with the certificates that servers' certificates must come from; null takes the machine's.</summary>
    public string? TrustFile { get; set; }

    /// <summary>Whether a server's certificate must name the host that was called.</summary>
    public bool ValidateHostName { get; set; } = true;

    /// <summary>
    /// Goes before the scope of every stream, so that sites that share a Pravega keep apart: letters, digits, <c>.</c> and
    /// <c>-</c>; nothing by default.
    /// </summary>
    public string ScopePrefix { get; set; } = "";

    /// <summary>How long appends and reads wait for a Pravega that has gone before they fail; 0 to 1 day.</summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromMinutes(10);

    internal static IEnumerable<string> Faults(PravegaStoreOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Controller))
            yield return "Pravega: the controller must be given, such as tcp://127.0.0.1:9090, but is empty";
        if (options.ScopePrefix.Length > 0 && !StreamName.IsValid(options.ScopePrefix))
            yield return $"Pravega: {nameof(ScopePrefix)} must have letters, digits, '.' and '-' only, but is '{options.ScopePrefix}'";
        if (options.User is null != options.Password is null)
            yield return "Pravega: user and password must be given together";
        if (options.TrustFile is not null && !File.Exists(options.TrustFile))
            yield return $"Pravega: there is no file '{options.TrustFile}' with certificates to trust";
        if (options.RetryFor < TimeSpan.Zero || options.RetryFor > TimeSpan.FromDays(1))
            yield return $"Pravega: {nameof(RetryFor)} must be between 0 and 1 day, but is {options.RetryFor.ToString(null, CultureInfo.InvariantCulture)}";
    }

    internal PravegaClientOptions ForClient()
    {
        var client = new PravegaClientOptions { Controller = Controller, ValidateHostName = ValidateHostName, RetryFor = RetryFor };
        if (User is not null) client.Credentials = PravegaCredentials.Basic(User, Password!);
        if (TrustFile is not null) client.TrustPemFile(TrustFile);
        return client;
    }
}
