using System.Text.RegularExpressions;

namespace Weir.Vision.Decode;

/// <summary>What a source is, as far as ffmpeg wants other options for it.</summary>
internal enum SourceKind
{
    File,
    Rtsp,
    Http,

    /// <summary>A camera of this machine, by Video4Linux.</summary>
    Device,

    /// <summary>A picture that ffmpeg makes: for trying things out.</summary>
    Pattern,
    Other,
}

/// <summary>Where a camera's pictures come from, and how this is shown without what is secret in it.</summary>
internal sealed partial class SourceUrl
{
    /// <summary>The schemes that are let through to ffmpeg; it has others that read or write anything.</summary>
    private static readonly Dictionary<string, SourceKind> Schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["file"] = SourceKind.File,
        ["rtsp"] = SourceKind.Rtsp,
        ["rtsps"] = SourceKind.Rtsp,
        ["http"] = SourceKind.Http,
        ["https"] = SourceKind.Http,
        ["rtmp"] = SourceKind.Other,
        ["rtmps"] = SourceKind.Other,
        ["rtp"] = SourceKind.Other,
        ["srt"] = SourceKind.Other,
        ["tcp"] = SourceKind.Other,
        ["udp"] = SourceKind.Other,
    };

    private const string Pattern = "test:";

    private readonly List<string> secrets = [];

    private SourceUrl(SourceKind kind, string input, string shown) => (Kind, Input, Shown) = (kind, input, shown);

    public SourceKind Kind { get; }

    /// <summary>What ffmpeg gets.</summary>
    public string Input { get; }

    /// <summary>What people see: without user, password and query.</summary>
    public string Shown { get; }

    /// <summary>The path of a file; only for <see cref="SourceKind.File"/>.</summary>
    public string Path => Input["file:".Length..];

    /// <summary>Reads a URL or the path of a file.</summary>
    /// <param name="text">What the options say.</param>
    /// <param name="fault">What is wrong with it, as a sentence.</param>
    public static SourceUrl? Parse(string text, out string? fault)
    {
        fault = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            fault = "url must be a URL or the path of a file, but is empty.";
            return null;
        }
        if (text.StartsWith("/dev/video", StringComparison.Ordinal)) return new SourceUrl(SourceKind.Device, text, text);
        if (text.StartsWith(Pattern, StringComparison.Ordinal)) return OfPattern(text, out fault);
        if (SchemeOf().Match(text) is not { Success: true } match) return OfFile(text);
        if (!Schemes.TryGetValue(match.Groups[1].Value, out var kind))
        {
            var allowed = string.Join(", ", Schemes.Keys.Select(scheme => scheme + "://"));
            fault = $"url must be the path of a file, /dev/video0 or another such, test:, or begin with one of {allowed}, but begins with '{match.Value}'.";
            return null;
        }
        if (kind == SourceKind.File) return OfFile(Uri.UnescapeDataString(text[match.Length..]));
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0) return OfUri(kind, text, uri);
        fault = $"url must name a host after '{match.Value}'.";
        return null;
    }

    /// <summary>A text, such as a line that ffmpeg has written, without what is secret.</summary>
    public string Redact(string text)
    {
        text = text.Replace(Input, Shown, StringComparison.Ordinal);
        foreach (var secret in secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return UserInfo().Replace(text, "://***@");
    }

    public override string ToString() => Shown;

    /// <summary><c>test:</c>, <c>test:640x480</c> or <c>test:640x480@15</c>.</summary>
    private static SourceUrl? OfPattern(string text, out string? fault)
    {
        fault = null;
        var match = PatternOf().Match(text);
        if (match.Success)
        {
            var size = match.Groups[1].Success ? match.Groups[1].Value : "640x480";
            var rate = match.Groups[2].Success ? match.Groups[2].Value : "10";
            return new SourceUrl(SourceKind.Pattern, $"testsrc2=size={size}:rate={rate}", text);
        }
        fault = $"url of a test pattern must be test:, test:640x480 or test:640x480@15, but is '{text}'.";
        return null;
    }

    private static SourceUrl OfFile(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        return new SourceUrl(SourceKind.File, "file:" + full, full);
    }

    private static SourceUrl OfUri(SourceKind kind, string text, Uri uri)
    {
        var user = uri.UserInfo.Length > 0 ? "***@" : "";
        var port = uri.IsDefaultPort || uri.Port < 0 ? "" : $":{uri.Port}";
        var query = uri.Query.Length > 1 ? "?***" : "";
        var source = new SourceUrl(kind, text, $"{uri.Scheme}://{user}{uri.Host}{port}{uri.AbsolutePath}{query}");
        source.Hide(uri.UserInfo);
        if (uri.UserInfo.Split(':', 2) is [_, var password]) source.Hide(password);
        source.Hide(uri.Query);
        foreach (var pair in uri.Query.TrimStart('?').Split('&'))
            if (pair.Split('=', 2) is [_, var value]) source.Hide(value);
        return source;
    }

    /// <summary>Both as it is written in the URL and as it is meant.</summary>
    private void Hide(string secret)
    {
        // Hiding every "1" or "on" of a query would make the rest unreadable, and protect nothing.
        const int shortest = 4;
        if (secret.Length < shortest) return;
        secrets.Add(secret);
        if (Uri.UnescapeDataString(secret) is var plain && plain != secret && plain.Length >= shortest) secrets.Add(plain);
        secrets.Sort((a, b) => b.Length.CompareTo(a.Length));
    }

    [GeneratedRegex("^test:(?:([1-9][0-9]{1,3}x[1-9][0-9]{1,3})(?:@([1-9][0-9]?))?)?$")]
    private static partial Regex PatternOf();

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex SchemeOf();

    [GeneratedRegex(@"://[^/@\s'""]+@")]
    private static partial Regex UserInfo();
}
