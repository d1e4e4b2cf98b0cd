using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Google.Protobuf;
using Weir.Pravega.Security;

namespace Weir.Pravega.Controller;

/// <summary>
/// Unary gRPC over HTTP/2: one message there, one back. All calls of the controller are of this kind.
/// </summary>
/// <remarks>
/// No HTTP/2 pings: the controller closes a connection that is pinged more often than every five minutes.
/// </remarks>
internal sealed class GrpcChannel : IDisposable
{
    private const int PrefixSize = 5;
    private const int MaxReply = 64 << 20;
    private static readonly MediaTypeHeaderValue ContentType = new("application/grpc");

    private readonly HttpClient http;
    private readonly PravegaClientOptions options;

    public GrpcChannel(PravegaClientOptions options)
    {
        this.options = options;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            UseProxy = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
        };
        if (options.UsesTls) handler.SslOptions = ServerTrust.For(options, "");
        http = new HttpClient(handler)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Calls a method of one server.</summary>
    /// <exception cref="GrpcException">The call did not end well; the status says how.</exception>
    public async Task<TReply> CallAsync<TReply>(
        DnsEndPoint server, string method, IMessage request, MessageParser<TReply> parser, CancellationToken cancellationToken)
        where TReply : IMessage<TReply>
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CallTimeout);
        try
        {
            using var message = await RequestAsync(server, method, request, limit.Token).ConfigureAwait(false);
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            ThrowUnlessOk(response, server);
            return Parse(body, parser, server);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatus.DeadlineExceeded, $"The controller {Name(server)} did not answer within {options.CallTimeout}.", e);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw ServerTrust.Failed(Name(server), e.InnerException);
        }
        catch (HttpRequestException e)
        {
            throw new GrpcException(GrpcStatus.Unavailable, $"The controller {Name(server)} cannot be reached: {e.Message}", e);
        }
    }

    public void Dispose() => http.Dispose();

    private static string Name(DnsEndPoint server) => $"{server.Host}:{server.Port}";

    private async Task<HttpRequestMessage> RequestAsync(
        DnsEndPoint server, string method, IMessage request, CancellationToken cancellationToken)
    {
        var body = new byte[PrefixSize + request.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), body.Length - PrefixSize);
        request.WriteTo(body.AsSpan(PrefixSize));
        var scheme = options.UsesTls ? "https" : "http";
        var message = new HttpRequestMessage(HttpMethod.Post, string.Create(
            CultureInfo.InvariantCulture,
            $"{scheme}://{server.Host}:{server.Port}/io.pravega.controller.stream.api.grpc.v1.ControllerService/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        message.Content.Headers.ContentType = ContentType;
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        message.Headers.Add("grpc-timeout", string.Create(CultureInfo.InvariantCulture, $"{(long)options.CallTimeout.TotalMilliseconds}m"));
        if (options.Credentials is { } credentials)
        {
            message.Headers.TryAddWithoutValidation(
                "authorization", await credentials.GetHeaderAsync(cancellationToken).ConfigureAwait(false));
        }
        return message;
    }

    // The status stands in the trailers; where a server has nothing else to say, in the headers.
    private static void ThrowUnlessOk(HttpResponseMessage response, DnsEndPoint server)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var status = (int)response.StatusCode is 429 or >= 500 ? GrpcStatus.Unavailable : GrpcStatus.Internal;
            throw new GrpcException(status, $"The controller {Name(server)} answers HTTP {(int)response.StatusCode}; it is none, or a proxy stands before it.");
        }
        var code = Header(response, "grpc-status")
            ?? throw new GrpcException(GrpcStatus.Unavailable, $"The controller {Name(server)} broke off its answer.");
        if (!int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return;
        throw new GrpcException((GrpcStatus)number, Uri.UnescapeDataString(Header(response, "grpc-message") ?? ""));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailing) ? trailing.First()
        : response.Headers.TryGetValues(name, out var leading) ? leading.First() : null;

    private static TReply Parse<TReply>(byte[] body, MessageParser<TReply> parser, DnsEndPoint server)
        where TReply : IMessage<TReply>
    {
        var length = body.Length >= PrefixSize ? BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)) : -1;
        if (length is < 0 or > MaxReply || length != body.Length - PrefixSize || body[0] != 0)
            throw new GrpcException(GrpcStatus.Internal, $"The controller {Name(server)} sends {body.Length:N0} bytes that are no gRPC message.");
        return parser.ParseFrom(body, PrefixSize, length);
    }
}
