using System.Text;

namespace Weir.Pravega;

/// <summary>Who asks, as the controller's <c>authorization</c> header says it.</summary>
public abstract class PravegaCredentials
{
    /// <summary>The header's value: method and token. Asked for at each call, so it may change.</summary>
    public abstract ValueTask<string> GetHeaderAsync(CancellationToken cancellationToken);

    /// <summary>User and password, as Pravega's built-in handler wants them.</summary>
    public static PravegaCredentials Basic(string user, string password) =>
        new Fixed("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    /// <summary>A bearer token, such as Keycloak's handler wants. It is asked for at each call and should be kept by the asked.</summary>
    public static PravegaCredentials Bearer(Func<CancellationToken, ValueTask<string>> token) => new Asked(token);

    private sealed class Fixed(string header) : PravegaCredentials
    {
        public override ValueTask<string> GetHeaderAsync(CancellationToken cancellationToken) => new(header);
    }

    private sealed class Asked(Func<CancellationToken, ValueTask<string>> token) : PravegaCredentials
    {
        public override async ValueTask<string> GetHeaderAsync(CancellationToken cancellationToken) =>
            "Bearer " + await token(cancellationToken).ConfigureAwait(false);
    }
}
