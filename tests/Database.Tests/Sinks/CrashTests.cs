using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Weir.Database.Sinks;
using Weir.Tests;

namespace Weir.Database.Tests.Sinks;

/// <summary>The database, or the process that fills it, is killed under load, and in the end every result is there once.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Frames = 6_000;

    // However fast the machine, a process does not get to the end.
    private const int FramesALife = 1_200;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-crash-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_server_that_is_killed_again_and_again_has_every_result_once()
    {
        await using var server = await MariaDbServer.StartAsync();
        using var database = new SiteDatabase(Options.Create(new SiteDatabaseOptions { ConnectionString = server.CreateDatabase("weir") }));
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using var sink = site.Open();
        var (frames, isEnough) = (0, false);
        var appending = Task.Run(async () =>
        {
            for (; !Volatile.Read(ref isEnough); frames += 100)
            {
                await site.AppendAsync([.. Enumerable.Range(frames, 100).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
                await Task.Delay(50);
            }
        }, TestContext.Current.CancellationToken);

        for (var kill = 1; kill <= 3; kill++)
        {
            // In the middle of it: something more is stored each time, and more comes.
            var before = sink.Status.StoredRows;
            await Wait.UntilAsync(() => sink.Status.StoredRows >= before + 600);
            await server.KillAsync();
            await Wait.UntilAsync(() => site.Breaker.Open is not null && sink.Status.Fault is not null);
            await server.StartAgainAsync();
        }
        Volatile.Write(ref isEnough, true);
        await appending;
        await site.StoredAsync();

        await StreamSinkFacts.CheckFramesAsync(database, frames);
        await Wait.UntilAsync(() => sink.Status is { Fault: null, Lag: 0 });
    }

    [Fact]
    public async Task While_the_server_is_away_no_more_than_three_batches_are_in_memory()
    {
        await using var server = await MariaDbServer.StartAsync();
        using var database = new SiteDatabase(Options.Create(new SiteDatabaseOptions { ConnectionString = server.CreateDatabase("weir") }));
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using var sink = site.Open();
        await site.AppendAsync(TestEvent.Frame(0, 3).ToEvent());
        await site.StoredAsync();

        await server.KillAsync();
        await site.AppendAsync([.. Enumerable.Range(1, 2_000).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        await Wait.UntilAsync(() => site.Breaker.Open is not null && sink.Status.Lag >= 2_000);
        await Task.Delay(500, TestContext.Current.CancellationToken);

        // A batch has 50 rows and frames have three; one more event than fills it may be read.
        Assert.InRange(site.Decoder.Decoded, 1, 1 + 3 * 52);
        Assert.True(sink.Status.Behind > TimeSpan.Zero);
        await server.StartAgainAsync();
        await site.StoredAsync();
        await StreamSinkFacts.CheckFramesAsync(database, 2_001);
    }

    [Fact]
    public async Task A_process_that_is_killed_again_and_again_while_it_fills_SQLite_has_stored_every_result_once()
    {
        using (var database = Open(folder.FullName))
        await using (var site = await SinkSite.OpenAsync(Path.Combine(folder.FullName, "streams"), database))
            await site.AppendAsync([.. Enumerable.Range(0, Frames).Select(i => TestEvent.Frame(i, 3).ToEvent())]);

        var kills = 0;
        for (var stored = 0L; stored < Frames * 2; kills++)
        {
            using var child = Start();
            var enough = stored + 300 + 300 * kills;
            await Wait.UntilAsync(async () => child.HasExited || await StoredAsync() >= enough);
            Assert.False(child.HasExited, "The process that fills the database ended by itself.");
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            stored = await StoredAsync();
        }

        Assert.True(kills >= Frames * 2 / (3 * FramesALife + 30));
        using var last = Open(folder.FullName);
        await using (var site = await SinkSite.OpenAsync(Path.Combine(folder.FullName, "streams"), last))
        await using (site.Open()) await site.StoredAsync();
        await StreamSinkFacts.CheckFramesAsync(last, Frames);
    }

    /// <summary>What the process that is killed does.</summary>
    public static async Task<int> FillAsync(string folder)
    {
        using var database = Open(folder);
        await using var site = await SinkSite.OpenAsync(Path.Combine(folder, "streams"), database, new SinkOptions { BatchRows = 30, Linger = TimeSpan.Zero });
        site.Decoder.StopAfter = FramesALife;
        await using var sink = site.Open();
        await Task.Delay(TimeSpan.FromMinutes(5));
        return 0;
    }

    private static SiteDatabase Open(string folder) => new(Options.Create(new SiteDatabaseOptions { File = Path.Combine(folder, "site.db") }));

    private async Task<long> StoredAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder.FullName, "site.db")};Pooling=false;Default Timeout=60");
        if (!File.Exists(Path.Combine(folder.FullName, "site.db"))) return 0;
        await connection.OpenAsync();
        try
        {
            return await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM detections");
        }
        catch (SqliteException e) when (e.Message.Contains("no such table", StringComparison.Ordinal))
        {
            return 0;
        }
    }

    private Process Start() => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["fill", folder.FullName]))!;
}
