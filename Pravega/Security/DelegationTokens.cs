using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text.Json;

namespace Weir.Pravega.Security;

/// <summary>
/// What segment stores want to see before they serve a stream: tokens of the controller, kept until shortly before they
/// run out. Empty where the server asks nobody.
/// </summary>
/// <param name="fetch">Gets one from the controller: for a stream, and whether it must allow changes.</param>
/// <param name="time">The clock against which expiries are held.</param>
internal sealed class DelegationTokens(Func<ScopedStream, bool, CancellationToken, Task<string>> fetch, TimeProvider time)
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(ScopedStream Stream, bool CanWrite), Token> known = new();

    public async ValueTask<string> GetAsync(ScopedStream stream, bool canWrite, CancellationToken cancellationToken)
    {
        if (known.TryGetValue((stream, canWrite), out var token) && time.GetUtcNow() < token.GoodUntil) return token.Text;
        var text = await fetch(stream, canWrite, cancellationToken).ConfigureAwait(false);
        known[(stream, canWrite)] = new Token(text, GoodUntil(text));
        return text;
    }

    /// <summary>The token was refused as run out: the next one who asks gets another.</summary>
    public void Forget(ScopedStream stream, bool canWrite) => known.TryRemove((stream, canWrite), out _);

    // A JSON web token says itself until when it is good; one that does not is good for ever (RFC 7519, section 4.1.4).
    private DateTimeOffset GoodUntil(string token)
    {
        if (ExpiryOf(token) is not { } expiry) return DateTimeOffset.MaxValue;
        // A clock that goes wrong here, or a token shorter than the margin, must not make every call ask. By a clock that is
        // ahead each token has run out; then the store says when it really has.
        var life = expiry - time.GetUtcNow();
        if (life <= TimeSpan.Zero) return DateTimeOffset.MaxValue;
        return life > Early * 2 ? expiry - Early : expiry - life / 2;
    }

    /// <summary>The time in a token's <c>exp</c>; null where it has none, or is no JSON web token.</summary>
    internal static DateTimeOffset? ExpiryOf(string token)
    {
        if (token.Split('.') is not [_, var body, _]) return null;
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(body));
            return claims.RootElement.TryGetProperty("exp", out var exp) && exp.TryGetInt64(out var seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private sealed record Token(string Text, DateTimeOffset GoodUntil);
}
