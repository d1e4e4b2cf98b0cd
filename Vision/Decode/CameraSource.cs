namespace Weir.Vision.Decode;

/// <summary>Keeps what is secret in a camera's source out of sight while people change its settings.</summary>
public static class CameraSource
{
    private const string Hidden = "***";

    /// <summary>A source without user, password and query: <c>rtsp://***@host/path?***</c>. What is no source is shown as it is.</summary>
    public static string Hide(string url) => SourceUrl.Parse(url, out _)?.Shown is { } shown && shown.Contains(Hidden, StringComparison.Ordinal) ? shown : url;

    /// <summary>Puts back what <see cref="Hide"/> has taken out, where the source still is on the same host.</summary>
    /// <param name="url">What a person has entered.</param>
    /// <param name="known">The source so far; null for none.</param>
    /// <exception cref="ArgumentException">Something is hidden in it that cannot be put back.</exception>
    public static string Restore(string url, string? known)
    {
        if (!url.Contains(Hidden, StringComparison.Ordinal)) return url;
        if (known is not null && Uri.TryCreate(known, UriKind.Absolute, out var from) && Uri.TryCreate(url.Replace(Hidden, "x", StringComparison.Ordinal), UriKind.Absolute, out var to)
            && (from.Host, from.Port, from.Scheme) == (to.Host, to.Port, to.Scheme))
        {
            // A password is never sent to another host than the one it was given for.
            return url.Replace($"://{Hidden}@", from.UserInfo.Length > 0 ? $"://{from.UserInfo}@" : "://", StringComparison.Ordinal)
                .Replace($"?{Hidden}", from.Query, StringComparison.Ordinal);
        }
        throw new ArgumentException($"url has {Hidden} in place of a password or a query that is not known for this host; give it anew.");
    }
}
