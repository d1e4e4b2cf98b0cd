using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using MySql.Data.MySqlClient;

namespace Weir.Database.Tests;

/// <summary>A database of a test's own that goes with it.</summary>
public abstract class TestDatabase : IDisposable
{
    private readonly List<SiteDatabase> opened = [];

    /// <summary>Opens it, as another process would.</summary>
    public SiteDatabase Open()
    {
        var database = new SiteDatabase(Options.Create(Configure()));
        lock (opened) opened.Add(database);
        return database;
    }

    /// <summary>Connects past what is tested.</summary>
    public abstract DbConnection Connect();

    public void Dispose()
    {
        foreach (var database in opened) database.Dispose();
        Drop();
        GC.SuppressFinalize(this);
    }

    protected abstract SiteDatabaseOptions Configure();

    protected abstract void Drop();
}

/// <summary>A SQLite file.</summary>
public sealed class SqliteTestDatabase : TestDatabase
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-database-");

    private string File => Path.Combine(folder.FullName, "site.db");

    public override DbConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        connection.Open();
        return connection;
    }

    protected override SiteDatabaseOptions Configure() => new() { File = File };

    protected override void Drop() => folder.Delete(recursive: true);
}

/// <summary>A database on the server of the MySQL protocol.</summary>
public sealed class MySqlTestDatabase : TestDatabase
{
    private readonly MySqlServer server;
    private readonly string name = $"weir_{Guid.NewGuid():N}";

    public MySqlTestDatabase(MySqlServer server)
    {
        this.server = server;
        server.Execute($"CREATE DATABASE {name}");
    }

    public override DbConnection Connect()
    {
        var connection = new MySqlConnection($"{server.ConnectionString};Database={name};Pooling=false");
        connection.Open();
        using var command = new MySqlCommand("SET NAMES utf8mb4", connection);
        command.ExecuteNonQuery();
        return connection;
    }

    protected override SiteDatabaseOptions Configure() => new() { ConnectionString = $"{server.ConnectionString};Database={name}" };

    protected override void Drop() => server.Execute($"DROP DATABASE {name}");
}
