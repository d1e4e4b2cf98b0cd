using Microsoft.Extensions.Options;
using Weir.Database;
using Weir.Tests;

[assembly: AssemblyFixture(typeof(Weir.Cluster.Tests.DatabaseServer))]

namespace Weir.Cluster.Tests;

/// <summary>The one MariaDB that the tests of this assembly share; each has a database of its own in it.</summary>
public sealed class DatabaseServer : IAsyncLifetime
{
    private MariaDbServer server = null!;
    private int databases;

    public async ValueTask InitializeAsync() => server = await MariaDbServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>An empty database; answers how to reach it.</summary>
    internal string CreateDatabase() => server.CreateDatabase($"weir_{Interlocked.Increment(ref databases)}");

    internal static SiteDatabase Open(string connectionString) =>
        new(Options.Create(new SiteDatabaseOptions { ConnectionString = connectionString }));
}
