using MySql.Data.MySqlClient;
using Weir.Database.Tests;
using Weir.Tests;

[assembly: AssemblyFixture(typeof(MySqlServer))]

namespace Weir.Database.Tests;

/// <summary>
/// The server of the MySQL protocol that the facts run on: a MariaDB of their own, or the one that
/// <see cref="Variable"/> names.
/// </summary>
public sealed class MySqlServer : IAsyncLifetime
{
    /// <summary>Names a running server by a connection string without a database.</summary>
    public const string Variable = "WEIR_TEST_MYSQL";

    private MariaDbServer? own;

    public string ConnectionString => Environment.GetEnvironmentVariable(Variable) ?? own!.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null) own = await MariaDbServer.StartAsync();
    }

    public ValueTask DisposeAsync() => own?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal void Execute(string sql)
    {
        using var connection = new MySqlConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        using var command = new MySqlCommand("SET NAMES utf8mb4; " + sql, connection);
        command.ExecuteNonQuery();
    }
}
