using Microsoft.AspNetCore.Http.Features;

namespace Weir.Silo.Api;

/// <summary>Parts of a request's path in which any character may stand, as MQTT clients may call themselves.</summary>
internal static class RawPath
{
    /// <summary>
    /// A part of the path as the caller meant it. A route's own value keeps <c>%2F</c> as it is, so that it cannot be told
    /// from a <c>%2F</c> that is meant.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="fromEnd">0 for the last part.</param>
    public static string FromEnd(HttpRequest request, int fromEnd)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return Uri.UnescapeDataString(target.Split('?')[0].Split('/')[^(fromEnd + 1)]);
    }
}
