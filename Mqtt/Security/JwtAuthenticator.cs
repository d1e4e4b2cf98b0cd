using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Weir.Mqtt;

/// <summary>Takes JSON Web Tokens in place of passwords. The connection ends with the token's validity.</summary>
internal sealed class JwtAuthenticator : IMqttAuthenticator, IDisposable
{
    private static readonly TimeSpan KeepKeys = TimeSpan.FromMinutes(10);

    /// <summary>A token signed with a key that is not known may be the first after a change of keys; the service is not asked more often.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(30);

    private readonly MqttJwtOptions? options;
    private readonly TimeProvider time;
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly List<SecurityKey> ownKeys = [];
    private readonly SemaphoreSlim fetching = new(1);
    private IList<SecurityKey> fetchedKeys = [];
    private DateTimeOffset fetchedAt = DateTimeOffset.MinValue;
    private DateTimeOffset askedAt = DateTimeOffset.MinValue;

    public JwtAuthenticator(IOptions<MqttSecurityOptions> options, TimeProvider time)
    {
        this.options = options.Value.Jwt;
        this.time = time;
        if (this.options?.Secret is { } secret) ownKeys.Add(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)));
        if (this.options?.PublicKeyFile is { } file) ownKeys.AddRange(ReadPem(File.ReadAllText(file)));
    }

    public async ValueTask<MqttLoginVerdict> AuthenticateAsync(MqttLogin login, CancellationToken cancellationToken)
    {
        if (options is null || login.Password is not { } password) return MqttLoginVerdict.NotConcerned;
        var token = Encoding.UTF8.GetString(password.Span);
        if (!handler.CanReadToken(token)) return MqttLoginVerdict.NotConcerned;

        var checkedToken = await CheckAsync(token, await FetchedKeysAsync(KeepKeys, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        if (checkedToken.Exception is SecurityTokenSignatureKeyNotFoundException && options.KeySetUrl is not null)
        {
            checkedToken = await CheckAsync(token, await FetchedKeysAsync(LeastPause, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        if (!checkedToken.IsValid)
        {
            return MqttLoginVerdict.Refused(ReasonCode.BadUserNameOrPassword, $"the token is not valid ({checkedToken.Exception?.GetType().Name})");
        }
        if (!checkedToken.Claims.TryGetValue(options.UserClaim, out var user) || user is not string { Length: > 0 } name)
        {
            return MqttLoginVerdict.Refused(ReasonCode.BadUserNameOrPassword, $"the token has no claim '{options.UserClaim}'");
        }
        if (login.UserName is { Length: > 0 } given && given != name)
        {
            return MqttLoginVerdict.Refused(ReasonCode.BadUserNameOrPassword, "the token is another user's");
        }
        return MqttLoginVerdict.Accepted(name, checkedToken.SecurityToken.ValidTo);
    }

    public void Dispose()
    {
        http.Dispose();
        fetching.Dispose();
    }

    private Task<TokenValidationResult> CheckAsync(string token, IList<SecurityKey> fetched) =>
        handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = [.. ownKeys, .. fetched],
            ValidateIssuer = options!.Issuer is not null, ValidIssuer = options.Issuer,
            ValidateAudience = options.Audience is not null, ValidAudience = options.Audience,
            RequireSignedTokens = true, RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsTimely(notBefore, expires),
        });

    private bool IsTimely(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return (notBefore is null || notBefore <= now) && expires > now;
    }

    /// <summary>The keys of the set, no older than so long where the service can be reached. Those that were right go on where it cannot.</summary>
    /// <exception cref="HttpRequestException">It has not been reached yet.</exception>
    private async ValueTask<IList<SecurityKey>> FetchedKeysAsync(TimeSpan oldest, CancellationToken cancellationToken)
    {
        if (options!.KeySetUrl is not { } url) return [];
        await fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var now = time.GetUtcNow();
            if (fetchedKeys.Count == 0 || (now - fetchedAt > oldest && now - askedAt > LeastPause))
            {
                askedAt = now;
                var json = await http.GetStringAsync(url, cancellationToken).ConfigureAwait(false);
                fetchedKeys = new JsonWebKeySet(json).GetSigningKeys();
                fetchedAt = now;
            }
            return fetchedKeys;
        }
        catch (Exception fault) when (fetchedKeys.Count > 0 && fault is HttpRequestException or TaskCanceledException or ArgumentException
            && !cancellationToken.IsCancellationRequested)
        {
            return fetchedKeys;
        }
        finally
        {
            fetching.Release();
        }
    }

    /// <summary>Every public key in the file: RSA or elliptic curve.</summary>
    private static IEnumerable<SecurityKey> ReadPem(string text)
    {
        for (var rest = text.AsMemory(); PemEncoding.TryFind(rest.Span, out var found); rest = rest[found.Location.End..])
        {
            var pem = rest[found.Location].ToString();
            yield return ReadOne(pem);
        }
    }

    private static SecurityKey ReadOne(string pem)
    {
        try
        {
            var curve = ECDsa.Create();
            curve.ImportFromPem(pem);
            return new ECDsaSecurityKey(curve);
        }
        catch (CryptographicException)
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return new RsaSecurityKey(rsa);
        }
    }
}
