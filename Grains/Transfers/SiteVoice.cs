using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Weir.Mqtt;

namespace Weir.Grains.Transfers;

/// <summary>Publishes what the site has to say, as JSON. The broker is asked for late, since it needs the intake, which needs this.</summary>
internal sealed class SiteVoice(IServiceProvider services)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Lazy<IMqttBroker> broker = new(services.GetRequiredService<IMqttBroker>);

    /// <summary>The broker of this process.</summary>
    public IMqttBroker Broker => broker.Value;

    public static byte[] ToBytes<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, Json);

    public Task SayAsync<T>(string topic, T message, CancellationToken cancellationToken) => SendAsync(topic, ToBytes(message), cancellationToken);

    public async Task SendAsync(string topic, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        await Broker.PublishAsync(topic, payload, QualityOfService.AtLeastOnce, retain: false, cancellationToken);
}
