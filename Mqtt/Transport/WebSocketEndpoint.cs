using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Weir.Mqtt;

/// <summary>MQTT over WebSocket (section 6).</summary>
public static class WebSocketEndpoint
{
    /// <summary>The subprotocols that clients ask for, the newer first; mqttv3.1 is what clients of MQTT 3.1 say.</summary>
    private static readonly string[] Protocols = ["mqtt", "mqttv3.1"];

    /// <summary>
    /// Serves MQTT at a path, usually <c>/mqtt</c>. The application must use WebSockets before its endpoints
    /// (<c>app.UseWebSockets()</c>). A page of another origin is turned away, lest a browser lends it its place in the
    /// network; name the origins that may come all the same.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">The path.</param>
    /// <param name="origins">Origins of pages that may connect beside the host's own, such as <c>https://plant.example</c>.</param>
    public static IEndpointConventionBuilder MapMqtt(this IEndpointRouteBuilder endpoints, string path, params IEnumerable<string> origins)
    {
        var handler = ActivatorUtilities.CreateInstance<MqttConnectionHandler>(endpoints.ServiceProvider);
        var allowed = origins.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return endpoints.Map(path, context => ServeAsync(context, handler, allowed));
    }

    private static async Task ServeAsync(HttpContext context, MqttConnectionHandler handler, HashSet<string> origins)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, "Here is MQTT over WebSocket.").ConfigureAwait(false);
            return;
        }
        var protocol = Array.Find(Protocols, context.WebSockets.WebSocketRequestedProtocols.Contains);
        if (protocol is null)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "The WebSocket subprotocol must be 'mqtt'.").ConfigureAwait(false);
            return;
        }
        if (context.Request.Headers.Origin is [{ } origin] && !IsOwn(origin, context.Request) && !origins.Contains(origin))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, $"Pages of {origin} may not connect here.").ConfigureAwait(false);
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol).ConfigureAwait(false);
        await using var connection = new WebSocketConnection(socket, context);
        var pumping = connection.PumpAsync();
        await handler.OnConnectedAsync(connection).ConfigureAwait(false);
        await connection.CloseAsync().ConfigureAwait(false);
        await pumping.ConfigureAwait(false);
    }

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(why);
    }
}
