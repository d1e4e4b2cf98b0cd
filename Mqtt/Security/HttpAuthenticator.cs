using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>Asks an HTTP service about user names and passwords.</summary>
internal sealed class HttpAuthenticator : IMqttAuthenticator, IDisposable
{
    private const int LongestAnswer = 64 * 1024;

    private readonly MqttHttpAuthenticationOptions? options;
    private readonly HttpClient http;

    public HttpAuthenticator(IOptions<MqttSecurityOptions> options)
    {
        this.options = options.Value.Http;
        http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false })
        {
            Timeout = this.options?.Timeout ?? TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = LongestAnswer,
        };
    }

    public async ValueTask<MqttLoginVerdict> AuthenticateAsync(MqttLogin login, CancellationToken cancellationToken)
    {
        if (options is null || login.UserName is not { } name) return MqttLoginVerdict.NotConcerned;
        var question = new
        {
            clientId = login.ClientId, userName = name, password = login.Password is { } password ? Encoding.UTF8.GetString(password.Span) : null,
            address = login.Address?.ToString(),
        };
        using var answer = await http.PostAsJsonAsync(options.Url, question, cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return MqttLoginVerdict.Refused(ReasonCode.BadUserNameOrPassword, $"the service answers {(int)answer.StatusCode}");
        }
        if (!answer.IsSuccessStatusCode)
        {
            return MqttLoginVerdict.Refused(ReasonCode.ServerUnavailable, $"the service at {options.Url} answers {(int)answer.StatusCode}");
        }
        return MqttLoginVerdict.Accepted(await ReadUserAsync(answer, cancellationToken).ConfigureAwait(false) ?? name);
    }

    public void Dispose() => http.Dispose();

    private static async Task<string?> ReadUserAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/json") return null;
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken).ConfigureAwait(false);
        return body.ValueKind == JsonValueKind.Object && body.TryGetProperty("user", out var user) ? user.GetString() : null;
    }
}
