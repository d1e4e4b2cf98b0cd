using Weir.Pravega.Security;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Connections;

/// <summary>What all that works on segments shares: where they are, how to get there, and what allows it.</summary>
internal sealed record SegmentServices(
    PravegaClientOptions Options, PravegaController Controller, ConnectionPool Pool, SegmentHosts Hosts, DelegationTokens Tokens,
    TimeProvider Time, Microsoft.Extensions.Logging.ILogger Logger);

/// <summary>
/// Asks about a segment: finds its server, shows a token, and asks again where the server has changed, gone, or the token
/// has run out.
/// </summary>
internal sealed class SegmentCalls(SegmentServices services)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromSeconds(3);

    /// <summary>Asks, and answers with what came back: a reply, or a failure that asking again would not change.</summary>
    /// <param name="segment">The segment whose server is asked.</param>
    /// <param name="canWrite">Whether the token must allow changes.</param>
    /// <param name="request">Makes the request out of its id and the token.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The answer, and whether an earlier attempt may have been carried out without an answer.</returns>
    public async Task<(WireCommand Reply, bool MayHaveHappened)> AskAsync(
        StreamSegment segment, bool canWrite, Func<long, string, WireCommand> request, CancellationToken cancellationToken)
    {
        var started = services.Time.GetTimestamp();
        var pause = FirstPause;
        var (mayHaveHappened, isRefreshed) = (false, false);
        while (true)
        {
            string why;
            try
            {
                var token = await services.Tokens.GetAsync(segment.Stream, canWrite, cancellationToken).ConfigureAwait(false);
                var server = await services.Hosts.FindAsync(segment, cancellationToken).ConfigureAwait(false);
                var connection = await services.Pool.TakeAsync(server, cancellationToken).ConfigureAwait(false);
                var id = connection.NextId();
                try
                {
                    var reply = await connection.AskAsync(id, request(id, token), cancellationToken).ConfigureAwait(false);
                    switch (reply)
                    {
                        case WrongHost:
                            why = $"{connection.Server} says that another server has it";
                            break;
                        case AuthTokenCheckFailed { Code: 1 } when !isRefreshed:
                            services.Tokens.Forget(segment.Stream, canWrite);
                            isRefreshed = true;
                            continue;
                        default:
                            return (reply, mayHaveHappened);
                    }
                }
                catch (StoreUnreachableException)
                {
                    mayHaveHappened = true;
                    throw;
                }
            }
            catch (StoreUnreachableException e)
            {
                why = e.Message;
            }
            services.Hosts.Forget(segment);
            if (services.Time.GetElapsedTime(started) + pause > services.Options.RetryFor)
            {
                throw new PravegaUnavailableException($"The segment '{segment}' could not be reached for {services.Options.RetryFor}: {why}")
                { Scope = segment.Stream.Scope, Stream = segment.Stream.Stream, Segment = segment.Name };
            }
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), services.Time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>What a segment is just now; null where there is none.</summary>
    public async Task<SegmentInfo?> GetInfoAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        var (reply, _) = await AskAsync(
            segment, canWrite: false, (id, token) => new GetStreamSegmentInfo(id, segment.Name, token), cancellationToken).ConfigureAwait(false);
        return reply switch
        {
            StreamSegmentInfo { Exists: true, IsDeleted: false } info => new SegmentInfo(info.StartOffset, info.Length, info.IsSealed),
            StreamSegmentInfo or NoSuchSegment => null,
            _ => throw Failure(reply, segment, segment.Name),
        };
    }

    /// <summary>The exception for a failure reply that is left over.</summary>
    public static PravegaException Failure(WireCommand reply, StreamSegment segment, string name)
    {
        var (scope, stream) = (segment.Stream.Scope, segment.Stream.Stream);
        return reply switch
        {
            NoSuchSegment => new PravegaNotFoundException($"There is no segment '{name}', or no more.") { Scope = scope, Stream = stream, Segment = name },
            SegmentIsTruncated r => new PravegaTruncatedException($"The segment '{name}' has been truncated up to {r.StartOffset:N0}.")
            { Scope = scope, Stream = stream, Segment = name, StartOffset = r.StartOffset },
            AuthTokenCheckFailed { Code: 1 } => new PravegaAuthenticationException($"The token for stream '{segment.Stream}' has run out, and a new one has, too; do the clocks of controller and segment store agree?")
            { Scope = scope, Stream = stream, Segment = name },
            AuthTokenCheckFailed => new PravegaNotAllowedException($"The segment store does not allow what was asked of segment '{name}'; the user's rights do not cover it.")
            { Scope = scope, Stream = stream, Segment = name },
            OperationUnsupported r => new PravegaException($"The segment store cannot do {r.Operation} on segment '{name}'; it is of an older version.")
            { Scope = scope, Stream = stream, Segment = name },
            ErrorMessage r => new PravegaException($"The segment store could not do what was asked of segment '{name}': {r.Message}")
            { Scope = scope, Stream = stream, Segment = name },
            SegmentIsSealed => new PravegaException($"The segment '{name}' is sealed.") { Scope = scope, Stream = stream, Segment = name },
            _ => new PravegaProtocolException($"The segment store answers with a {reply.Type} where that is no answer.")
            { Scope = scope, Stream = stream, Segment = name },
        };
    }
}
