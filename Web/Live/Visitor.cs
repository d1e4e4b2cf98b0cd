using Microsoft.AspNetCore.Http;

namespace Weir.Web.Live;

/// <summary>Who looks at the pages, as far as the site knows; one for each that is open.</summary>
public sealed class Visitor
{
    /// <summary>The name for the record of changes; null where nothing is known.</summary>
    public string? Name { get; internal set; }

    /// <summary>The user who has signed in, where the host has a sign-in; else the address that the request came from.</summary>
    public static string? NameOf(HttpContext context) => context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } user }
        ? user
        : context.Connection.RemoteIpAddress?.ToString();
}
