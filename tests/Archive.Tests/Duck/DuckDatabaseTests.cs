using System.Text;
using Weir.Archive.Duck;

namespace Weir.Archive.Tests.Duck;

public sealed class DuckDatabaseTests
{
    [Fact]
    public async Task It_never_fetches_extensions_and_keeps_to_its_memory_threads_and_folder()
    {
        await using var site = new Site();
        using var duck = DuckDatabase.Open(site.Folder, new DuckOptions { MemoryBytes = 64 << 20, Threads = 2 });
        using var connection = duck.Connect();
        Assert.Equal("false", Setting(connection, "autoinstall_known_extensions"));
        Assert.Equal("false", Setting(connection, "autoload_known_extensions"));
        Assert.Equal("64.0 MiB", Setting(connection, "memory_limit"));
        Assert.Equal("2", Setting(connection, "threads"));
        Assert.Equal(Path.Combine(site.Folder, "duck-temp"), Setting(connection, "temp_directory"));
        Assert.StartsWith("v1.", DuckDatabase.Version, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_carries_the_words_of_DuckDB_and_the_file()
    {
        await using var site = new Site();
        var path = Path.Combine(site.Folder, "no.parquet");
        await File.WriteAllTextAsync(path, "this is not Parquet at all");
        using var connection = site.Duck.Connect();
        var statement = connection.Prepare("SELECT count(*) FROM read_parquet(?)").Bind(1, path);
        var error = Assert.Throws<DuckException>(() => statement.Execute("read", path, CancellationToken.None));
        Assert.Equal(path, error.File);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("magic bytes", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_that_is_no_SQL_is_told()
    {
        await using var site = new Site();
        using var connection = site.Duck.Connect();
        Assert.Contains("syntax error", Assert.Throws<DuckException>(() => connection.Prepare("SELEKT 1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_statement_ends_when_it_is_cancelled()
    {
        await using var site = new Site();
        using var connection = site.Duck.Connect();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var endless = connection.Prepare("SELECT count(*) FROM range(1000000000000) a WHERE a.range % 7 = 3");
        Assert.ThrowsAny<OperationCanceledException>(() => endless.Execute("count", null, patience.Token));
        Assert.True(connection.IsBroken);
    }

    [Fact]
    public async Task An_error_of_a_row_source_becomes_the_error_of_the_statement()
    {
        await using var site = new Site();
        using var connection = site.Duck.Connect();
        using var offer = DuckRowFunction.Add(new FailingSource());
        using var statement = DuckStatement.Prepare(connection, $"SELECT count(*) FROM {offer.Sql}");
        var error = Assert.Throws<DuckException>(() => statement.Execute("count", null, CancellationToken.None));
        Assert.Contains("the source is dry", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, "duck.memory must be at least 67,108,864 bytes (64 MiB), but is 1.")]
    [InlineData(64 << 20, 0, "duck.threads must be between 1 and 256, but is 0.")]
    public void Wrong_options_are_refused_with_a_sentence(long memory, int threads, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ArgumentException>(
            () => DuckDatabase.Open("/tmp", new DuckOptions { MemoryBytes = memory, Threads = threads })).Message);

    private static string Setting(DuckConnection connection, string name)
    {
        using var result = connection.Prepare("SELECT current_setting(?)::VARCHAR").Bind(1, name).Execute("ask", null, CancellationToken.None);
        Assert.True(result.Read(out var rows));
        return Encoding.UTF8.GetString(rows.Column(0).Bytes(0));
    }

    private sealed class FailingSource : IDuckRowSource
    {
        public IReadOnlyList<DuckColumnDefinition> Columns { get; } = [("a", DuckType.BigInt)];

        public int Fill(DuckRows rows) => throw new InvalidOperationException("the source is dry");
    }
}
