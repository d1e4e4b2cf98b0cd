namespace Weir.Archive.Tests.Sql;

/// <summary>SQL over an exchange's history, and attempts to get out of it.</summary>
public sealed class HistorySqlTests
{
    [Fact]
    public async Task A_statement_sees_files_ring_and_the_time_of_messages()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 100);
        await exchange.FlushAsync();
        await exchange.AcceptAsync(100, 50);
        var answer = await exchange.SqlAsync("""
            SELECT topic, count(*) AS n, min(decode(payload)::INT) AS first, max(time) > now()::TIMESTAMP - INTERVAL 1 HOUR AS fresh
            FROM messages GROUP BY topic ORDER BY topic; -- a comment at the end
            """);
        Assert.Equal([("topic", SqlKind.Text), ("n", SqlKind.Number), ("first", SqlKind.Number), ("fresh", SqlKind.Boolean)], answer.Columns.Select(column => (column.Name, column.Kind)));
        Assert.Equal(7, answer.Rows.Count);
        Assert.Equal(["line/0/temperature", "22", "0", "true"], answer.Rows[0]);
        Assert.Equal(150, answer.Rows.Sum(row => int.Parse(row[1]!)));
    }

    [Fact]
    public async Task An_empty_exchange_answers_with_no_rows()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        Assert.Empty((await exchange.SqlAsync("SELECT * FROM messages")).Rows);
        Assert.Equal([null, "AQI="], (await exchange.SqlAsync("SELECT NULL, '\\x01\\x02'::BLOB")).Rows[0]);
    }

    [Theory]
    [InlineData("COPY (SELECT 1) TO '{0}'", "")]
    [InlineData("COPY messages TO '{0}' (FORMAT parquet)", "")]
    [InlineData("ATTACH '{0}' AS other", "only a SELECT may be given")]
    [InlineData("INSTALL httpfs", "only a SELECT may be given")]
    [InlineData("LOAD httpfs", "only a SELECT may be given")]
    [InlineData("PRAGMA database_list", "")]
    [InlineData("SET enable_external_access = true", "only a SELECT may be given")]
    [InlineData("RESET lock_configuration", "only a SELECT may be given")]
    [InlineData("CREATE TABLE a AS SELECT 1", "only a SELECT may be given")]
    [InlineData("DROP VIEW messages", "only a SELECT may be given")]
    [InlineData("DELETE FROM tail", "only a SELECT may be given")]
    [InlineData("EXPORT DATABASE '{0}'", "")]
    [InlineData("CALL pragma_version()", "")]
    [InlineData("SELECT 1; SELECT 2", "only one statement may be given, but there are 2")]
    [InlineData("SELECT 1; COPY (SELECT 1) TO '{0}'", "only one statement may be given, but there are 2")]
    [InlineData("SELECT 1) AS a; COPY (SELECT 1) TO '{0}'; SELECT (1", "")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')", "")]
    [InlineData("SELECT * FROM read_text('/etc/passwd')", "")]
    [InlineData("SELECT * FROM read_blob('/etc/passwd')", "")]
    [InlineData("SELECT * FROM '/etc/passwd'", "")]
    [InlineData("SELECT * FROM read_parquet('{0}')", "")]
    [InlineData("SELECT * FROM glob('/etc/*')", "")]
    [InlineData("SELECT * FROM sniff_csv('/etc/passwd')", "")]
    [InlineData("SELECT * FROM read_json('http://127.0.0.1:1/a')", "")]
    [InlineData("SELECT getenv('HOME')", "")]
    [InlineData("SELECT * FROM weir_rows(1)", "")]
    [InlineData("SELECT * FROM weir_table(1)", "")]
    [InlineData("SELECT ?", "a statement may not have parameters")]
    [InlineData("SELEKT 1", "")]
    [InlineData("SELECT * FROM nothing", "")]
    public async Task Whoever_tries_to_get_out_is_refused_with_a_sentence(string sql, string sentence)
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 10);
        await exchange.FlushAsync();
        var outside = Path.Combine(site.Folder, "outside.parquet");
        if (sql.Contains("read_parquet", StringComparison.Ordinal)) File.Copy(site.Files()[0], outside);
        var there = File.Exists(outside);
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => exchange.SqlAsync(sql.Replace("{0}", outside, StringComparison.Ordinal)));
        Assert.StartsWith("sql: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(there, File.Exists(outside));
        // And what there is, is still there.
        Assert.Equal("10", (await exchange.SqlAsync("SELECT count(*) FROM messages")).Rows[0][0]);
    }

    [Fact]
    public async Task The_exchanges_own_files_cannot_be_overwritten()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 10);
        await exchange.FlushAsync();
        var before = await File.ReadAllBytesAsync(site.Files()[0], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ArgumentException>(() => exchange.SqlAsync($"COPY (SELECT 1) TO '{site.Files()[0]}' (FORMAT parquet)"));
        Assert.Equal(before, await File.ReadAllBytesAsync(site.Files()[0], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_endless_statement_is_ended()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var error = await Assert.ThrowsAsync<TimeoutException>(() => exchange.SqlAsync(
            "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE (a.range * b.range + c.range) % 7 = 3",
            new SqlLimits { Time = TimeSpan.FromSeconds(1) }));
        Assert.Equal("sql: the statement took longer than 00:00:01. Ask for a shorter range, or allow it more time.", error.Message);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.SqlAsync(
            "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE (a.range * b.range + c.range) % 7 = 3", null, stop.Token));
    }

    [Fact]
    public async Task A_gigantic_answer_is_cut_and_says_so()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var answer = await exchange.SqlAsync("SELECT range FROM range(1000000000000)", new SqlLimits { Rows = 100 });
        Assert.True(answer.IsCut);
        Assert.Equal(100, answer.Rows.Count);
        answer = await exchange.SqlAsync("SELECT repeat('x', 1000) FROM range(1000)", new SqlLimits { AnswerBytes = 10_000 });
        Assert.True(answer.IsCut);
        Assert.Equal(10, answer.Rows.Count);
        Assert.False((await exchange.SqlAsync("SELECT range FROM range(100)", new SqlLimits { Rows = 100 })).IsCut);
    }

    [Fact]
    public async Task A_statement_that_needs_too_much_memory_is_told()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => exchange.SqlAsync(
            "SELECT list(range) FROM (SELECT range, repeat('y', 100) || range AS text FROM range(50000000)) GROUP BY text",
            new SqlLimits { MemoryBytes = 64 << 20, Time = TimeSpan.FromMinutes(2) }));
        Assert.Equal("sql: the statement needs more than its 64 MiB of memory. Ask for fewer rows or groups.", error.Message);
        Assert.False(Directory.Exists(Path.Combine(site.Folder, "duck-temp")) && Directory.EnumerateFiles(Path.Combine(site.Folder, "duck-temp")).Any());
    }

    [Fact]
    public async Task A_range_bounds_what_a_statement_sees()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var now = MessageKeySource.Now(TimeProvider.System);
        await exchange.AcceptAsync([.. Enumerable.Range(0, 10).Select(i => Site.Message("a", $"{i}") with { ReceivedMicros = now - 10 + i })]);
        await exchange.FlushAsync();
        var answer = await exchange.SqlAsync("SELECT count(*) FROM messages", new SqlLimits { FromMicros = now - 8, ToMicros = now - 5 });
        Assert.Equal("3", answer.Rows[0][0]);
        await Assert.ThrowsAsync<ArgumentException>(() => exchange.SqlAsync("SELECT 1", new SqlLimits { FromMicros = 5, ToMicros = 4 }));
        await Assert.ThrowsAsync<ArgumentException>(() => exchange.SqlAsync("SELECT 1", new SqlLimits { Rows = 0 }));
        Assert.Equal("sql: there is no statement.", (await Assert.ThrowsAsync<ArgumentException>(() => exchange.SqlAsync(" "))).Message);
    }
}
