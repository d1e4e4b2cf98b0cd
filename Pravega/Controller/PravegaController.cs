using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Weir.Pravega.Controller;
using Weir.Pravega.Controller.Messages;

namespace Weir.Pravega;

/// <summary>
/// Pravega's controller: makes and changes scopes, streams and tables, and knows which segments a stream has. Safe for
/// many callers at once. A call that fails for a passing reason is tried again for as long as the options say.
/// </summary>
public sealed partial class PravegaController
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private readonly ControllerCalls calls;
    private readonly TimeProvider time;

    internal PravegaController(ControllerCalls calls, TimeProvider time)
    {
        this.calls = calls;
        this.time = time;
    }

    /// <summary>Makes a scope. False where it was there.</summary>
    public async Task<bool> CreateScopeAsync(string scope, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync("createScope", new ScopeInfo { Scope = scope }, CreateScopeStatus.Parser, new(scope), cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            CreateScopeStatus.Types.Status.Success => true,
            CreateScopeStatus.Types.Status.ScopeExists => false,
            CreateScopeStatus.Types.Status.InvalidScopeName => throw Refused(new(scope), "its name is not allowed: letters, digits, '.' and '-'"),
            _ => throw Refused(new(scope), "the controller could not make it"),
        };
    }

    /// <summary>Removes an empty scope. False where there was none.</summary>
    /// <exception cref="PravegaConflictException">There are streams or tables in it.</exception>
    public async Task<bool> DeleteScopeAsync(string scope, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync("deleteScope", new ScopeInfo { Scope = scope }, DeleteScopeStatus.Parser, new(scope), cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            DeleteScopeStatus.Types.Status.Success => true,
            DeleteScopeStatus.Types.Status.ScopeNotFound => false,
            DeleteScopeStatus.Types.Status.ScopeNotEmpty => throw new PravegaConflictException(
                $"The scope '{scope}' has streams or tables; delete those first.") { Scope = scope },
            _ => throw Refused(new(scope), "the controller could not delete it"),
        };
    }

    /// <summary>Whether there is a scope of that name.</summary>
    public async Task<bool> ScopeExistsAsync(string scope, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync("checkScopeExists", new ScopeInfo { Scope = scope }, ExistsResponse.Parser, new(scope), cancellationToken).ConfigureAwait(false)).Exists;

    /// <summary>The names of all scopes, Pravega's own left out.</summary>
    public async IAsyncEnumerable<string> ListScopesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var at = new ContinuationToken();
        while (true)
        {
            var page = await calls.CallAsync("listScopes", new ScopesRequest { ContinuationToken = at }, ScopesResponse.Parser, default, cancellationToken).ConfigureAwait(false);
            if (page.Scopes.Count == 0) yield break;
            foreach (var scope in page.Scopes.Where(name => !name.StartsWith('_'))) yield return scope;
            at = page.ContinuationToken;
        }
    }

    /// <summary>Makes a stream in a scope that exists. False where it was there; its configuration stays then.</summary>
    public async Task<bool> CreateStreamAsync(ScopedStream stream, StreamConfiguration? configuration = null, CancellationToken cancellationToken = default)
    {
        var request = (configuration ?? new()).ToMessage(stream);
        var reply = await calls.CallAsync("createStream", request, CreateStreamStatus.Parser, stream, cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            CreateStreamStatus.Types.Status.Success => true,
            CreateStreamStatus.Types.Status.StreamExists => false,
            CreateStreamStatus.Types.Status.ScopeNotFound => throw NoScope(stream.Scope),
            CreateStreamStatus.Types.Status.InvalidStreamName => throw Refused(stream, "its name is not allowed: letters, digits, '.' and '-'"),
            _ => throw Refused(stream, "the controller could not make it"),
        };
    }

    /// <summary>Changes a stream's configuration. A fixed number of segments scales it.</summary>
    public async Task UpdateStreamAsync(ScopedStream stream, StreamConfiguration configuration, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync("updateStream", configuration.ToMessage(stream), UpdateStreamStatus.Parser, stream, cancellationToken).ConfigureAwait(false);
        ThrowUnlessUpdated(reply.Status, stream, "update");
    }

    /// <summary>How a stream is configured.</summary>
    public async Task<StreamConfiguration> GetStreamConfigurationAsync(ScopedStream stream, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync("getStreamConfiguration", stream.ToMessage(), StreamConfig.Parser, stream, cancellationToken).ConfigureAwait(false)).ToConfiguration();

    /// <summary>Whether there is a stream of that name.</summary>
    public async Task<bool> StreamExistsAsync(ScopedStream stream, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync("checkStreamExists", stream.ToMessage(), ExistsResponse.Parser, stream, cancellationToken).ConfigureAwait(false)).Exists;

    /// <summary>The streams of a scope, all or those with a tag; Pravega's own left out.</summary>
    /// <exception cref="PravegaNotFoundException">There is no such scope.</exception>
    public async IAsyncEnumerable<ScopedStream> ListStreamsAsync(
        string scope, string? tag = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var at = new ContinuationToken();
        while (true)
        {
            var page = tag is null
                ? await calls.CallAsync(
                    "listStreamsInScope", new StreamsInScopeRequest { Scope = new ScopeInfo { Scope = scope }, ContinuationToken = at },
                    StreamsInScopeResponse.Parser, new(scope), cancellationToken).ConfigureAwait(false)
                : await calls.CallAsync(
                    "listStreamsInScopeForTag",
                    new StreamsInScopeWithTagRequest { Scope = new ScopeInfo { Scope = scope }, Tag = tag, ContinuationToken = at },
                    StreamsInScopeResponse.Parser, new(scope), cancellationToken).ConfigureAwait(false);
            if (page.Status == StreamsInScopeResponse.Types.Status.ScopeNotFound) throw NoScope(scope);
            if (page.Status != StreamsInScopeResponse.Types.Status.Success) throw Refused(new(scope), "its streams cannot be listed");
            // With a tag, a page may be empty while the token still goes on.
            if (page.Streams.Count == 0 && (tag is null || page.ContinuationToken.Token == at.Token || page.ContinuationToken.Token.Length == 0)) yield break;
            foreach (var info in page.Streams.Where(info => !info.Stream.StartsWith('_'))) yield return new ScopedStream(info.Scope, info.Stream);
            at = page.ContinuationToken;
        }
    }

    /// <summary>Closes a stream for writers, for good.</summary>
    public async Task SealStreamAsync(ScopedStream stream, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync("sealStream", stream.ToMessage(), UpdateStreamStatus.Parser, stream, cancellationToken).ConfigureAwait(false);
        if (reply.Status != UpdateStreamStatus.Types.Status.StreamSealed) ThrowUnlessUpdated(reply.Status, stream, "seal");
    }

    /// <summary>Gives up what lies before a cut. It takes about a second; one truncation of a stream at a time.</summary>
    /// <exception cref="PravegaException">The cut is none of this stream, lies before an earlier truncation, or another one is under way.</exception>
    public async Task TruncateStreamAsync(StreamCut cut, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync("truncateStream", cut.ToMessage(), UpdateStreamStatus.Parser, cut.Stream, cancellationToken).ConfigureAwait(false);
        ThrowUnlessUpdated(reply.Status, cut.Stream, "truncate");
    }

    /// <summary>Removes a sealed stream. False where there was none.</summary>
    /// <exception cref="PravegaConflictException">It is not sealed.</exception>
    public async Task<bool> DeleteStreamAsync(ScopedStream stream, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync("deleteStream", stream.ToMessage(), DeleteStreamStatus.Parser, stream, cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            DeleteStreamStatus.Types.Status.Success => true,
            DeleteStreamStatus.Types.Status.StreamNotFound => false,
            DeleteStreamStatus.Types.Status.StreamNotSealed => throw new PravegaConflictException(
                $"The stream '{stream}' must be sealed before it is deleted.") { Scope = stream.Scope, Stream = stream.Stream },
            _ => throw Refused(stream, "the controller could not delete it"),
        };
    }

    private static void ThrowUnlessUpdated(UpdateStreamStatus.Types.Status status, ScopedStream stream, string what)
    {
        if (status == UpdateStreamStatus.Types.Status.Success) return;
        throw status switch
        {
            UpdateStreamStatus.Types.Status.StreamNotFound => NoStream(stream),
            UpdateStreamStatus.Types.Status.ScopeNotFound => NoScope(stream.Scope),
            UpdateStreamStatus.Types.Status.StreamSealed => PravegaStreamSealedException.Of(stream),
            _ => Refused(stream, $"the controller could not {what} it; its log says why"),
        };
    }

    private static PravegaNotFoundException NoScope(string scope) => new($"There is no scope '{scope}'.") { Scope = scope };

    private static PravegaNotFoundException NoStream(ScopedStream stream) =>
        new($"There is no stream '{stream}'.") { Scope = stream.Scope, Stream = stream.Stream };

    private static PravegaException Refused(Subject about, string why) =>
        new($"Pravega refuses {about.What}: {why}.") { Scope = about.Scope, Stream = about.Stream };
}
