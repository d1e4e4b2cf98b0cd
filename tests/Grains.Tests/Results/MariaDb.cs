using Weir.Tests;

namespace Weir.Grains.Tests.Results;

/// <summary>A MariaDB for the tests of a class.</summary>
public sealed class MariaDb : IAsyncLifetime
{
    private MariaDbServer server = null!;

    /// <summary>Makes an empty database; answers how to reach it.</summary>
    public string CreateDatabase() => server.CreateDatabase($"weir_{Guid.NewGuid():N}");

    public async ValueTask InitializeAsync() => server = await MariaDbServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
