using Weir.Pravega.Tests;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace Weir.Pravega.Tests;

/// <summary>The one server in memory that the tests of this assembly share; started by the first that needs it.</summary>
public sealed class SharedServer : IAsyncDisposable
{
    private readonly Lazy<Task<PravegaServer>> server = new(() => PravegaServer.StartAsync());

    internal Task<PravegaServer> TakeAsync() => server.Value;

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated) await (await server.Value).DisposeAsync();
    }
}

/// <summary>What tests on the real server begin with: a client and a scope of their own.</summary>
public abstract class OnServer(SharedServer shared) : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private protected PravegaServer Server { get; private set; } = null!;

    protected PravegaClient Client { get; private set; } = null!;

    protected string Scope { get; } = $"s{Guid.NewGuid():N}";

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PravegaServer.Missing is not null, PravegaServer.Missing ?? "");
        Server = await shared.TakeAsync();
        Client = new PravegaClient(Server.Controller);
        await Client.Controller.CreateScopeAsync(Scope);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (Client is not null) await Client.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<ScopedStream> StreamAsync(string name = "events", int segments = 1)
    {
        var stream = new ScopedStream(Scope, name);
        Assert.True(await Client.Controller.CreateStreamAsync(stream, new StreamConfiguration { Scaling = new ScalingPolicy.Fixed(segments) }));
        return stream;
    }

    /// <summary>What the Java client prints.</summary>
    protected Task<string> JavaAsync(string? input, params string[] words) => JavaClient.RunAsync(Server.Controller, words, input);
}
