using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Weir.Pravega.Controller.Messages;

namespace Weir.Pravega.Controller;

/// <summary>Calls a controller: the next one in turn, again while it cannot just now, and says what went wrong in this client's words.</summary>
internal sealed class ControllerCalls(PravegaClientOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel channel = new(options);
    private readonly ControllerEndpoints endpoints = new(options, time);

    /// <summary>Calls a method.</summary>
    /// <param name="method">Its name on the wire.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="parser">Reads the answer.</param>
    /// <param name="about">The scope or stream that errors should name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<TReply> CallAsync<TReply>(
        string method, IMessage request, MessageParser<TReply> parser, Subject about, CancellationToken cancellationToken)
        where TReply : IMessage<TReply>
    {
        var started = time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            try
            {
                if (endpoints.IsListDue) await ListAsync(cancellationToken).ConfigureAwait(false);
                var reply = await channel.CallAsync(endpoints.Next(), method, request, parser, cancellationToken).ConfigureAwait(false);
                PravegaMetrics.ControllerCalls.Add(1);
                return reply;
            }
            catch (GrpcException e) when (e.IsPassing && time.GetElapsedTime(started) + pause < options.RetryFor)
            {
                PravegaMessages.CallFails(logger, method, about, e.Status, e.Message);
            }
            catch (GrpcException e)
            {
                throw Translated(e, method, about);
            }
            // A little of chance, so that clients that lost the same server do not come back as one.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public void Dispose() => channel.Dispose();

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reply = await channel.CallAsync(
                endpoints.Next(), "getControllerServerList", new ServerRequest(), ServerResponse.Parser, cancellationToken).ConfigureAwait(false);
            endpoints.Listed([.. reply.NodeURI.Select(node => new DnsEndPoint(node.Endpoint, node.Port))]);
        }
        catch (GrpcException e) when (e.IsPassing)
        {
            endpoints.ListFailed();
            PravegaMessages.ListFails(logger, e.Message);
        }
    }

    private PravegaException Translated(GrpcException e, string method, Subject about) => e.Status switch
    {
        GrpcStatus.NotFound => new PravegaNotFoundException($"There is no {about.What}.", e) { Scope = about.Scope, Stream = about.Stream },
        GrpcStatus.Unauthenticated => new PravegaAuthenticationException(
            options.Credentials is null
                ? $"Pravega's controller wants to know who asks ({method} of {about.What}); give user and password with Credentials."
                : $"Pravega's controller does not accept the user and password that were given ({method} of {about.What}): {e.Message}", e)
        { Scope = about.Scope, Stream = about.Stream },
        GrpcStatus.PermissionDenied => new PravegaNotAllowedException(
            $"Pravega's controller does not allow {method} of {about.What}: {e.Message}", e)
        { Scope = about.Scope, Stream = about.Stream },
        GrpcStatus.Unavailable or GrpcStatus.DeadlineExceeded => new PravegaUnavailableException(
            $"Pravega's controller could not be asked {method} of {about.What} for {options.RetryFor}: {e.Message}", e)
        { Scope = about.Scope, Stream = about.Stream },
        _ => new PravegaException($"Pravega's controller could not do {method} of {about.What} ({e.Status}): {e.Message}", e)
        { Scope = about.Scope, Stream = about.Stream },
    };
}

/// <summary>What a call is about, for errors.</summary>
internal readonly record struct Subject(string? Scope, string? Stream = null, string Kind = "stream")
{
    public string What => Stream is not null ? $"{Kind} '{Scope}/{Stream}'" : Scope is not null ? $"scope '{Scope}'" : "scopes";

    public static implicit operator Subject(ScopedStream stream) => new(stream.Scope, stream.Stream);

    public override string ToString() => What;
}
