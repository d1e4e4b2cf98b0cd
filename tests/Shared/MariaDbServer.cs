using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MySql.Data.MySqlClient;

namespace Weir.Tests;

/// <summary>Debian's MariaDB on a free port of 127.0.0.1, with a folder of its own that goes with it.</summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private const string Temporary = "temporary";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-mariadb-");
    private readonly int port = FreePort();
    private readonly StringBuilder log = new();
    private Process? process;

    private readonly string[] options;

    private MariaDbServer(string[] options) => this.options = options;

    /// <summary>The port of 127.0.0.1 that it listens on.</summary>
    public int Port => port;

    /// <summary>How an administrator reaches it; names no database.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture, $"Server=127.0.0.1;Port={port};User Id=root;SslMode=None;Connection Timeout=10");

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="options">What it is to be told beyond the usual.</param>
    public static async Task<MariaDbServer> StartAsync(params string[] options)
    {
        var server = new MariaDbServer(options);
        try
        {
            await server.InstallAsync();
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Starts it on its folder and port, and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        process = Run(Program("mariadbd"),
        [
            "--no-defaults", $"--datadir={folder.FullName}/data", $"--port={port}", "--bind-address=127.0.0.1",
            $"--socket={folder.FullName}/socket", $"--pid-file={folder.FullName}/pid", "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", .. options, .. AsUser(),
        ]);
        var waited = Stopwatch.StartNew();
        while (!Answers())
        {
            if (process.HasExited || waited.Elapsed > Patience) throw new InvalidOperationException($"MariaDB does not run. It said:\n{Log}");
            await Task.Delay(100);
        }
    }

    /// <summary>Has it do something as an administrator.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new MySqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new MySqlCommand($"SET NAMES utf8mb4; {sql}", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Makes an empty database in it; answers how to reach that.</summary>
    public string CreateDatabase(string name)
    {
        using var connection = new MySqlConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        using var command = new MySqlCommand($"SET NAMES utf8mb4; CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return $"{ConnectionString};Database={name}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false }) await KillAsync();
        process?.Dispose();
        folder.Delete(recursive: true);
    }

    private string Log
    {
        get { lock (log) return log.ToString(); }
    }

    private async Task InstallAsync()
    {
        folder.CreateSubdirectory(Temporary);
        using var install = Run(Program("mariadb-install-db"),
        [
            "--no-defaults", $"--datadir={folder.FullName}/data", "--auth-root-authentication-method=normal",
            "--skip-test-db", .. AsUser(),
        ]);
        using var patience = new CancellationTokenSource(Patience);
        await install.WaitForExitAsync(patience.Token);
        if (install.ExitCode != 0) throw new InvalidOperationException($"mariadb-install-db failed:\n{Log}");
    }

    private Process Run(string program, string[] arguments)
    {
        var started = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        // A server that starts clears what others have left there, or are just using.
        started.StartInfo.Environment["TMPDIR"] = Path.Combine(folder.FullName, Temporary);
        started.OutputDataReceived += (_, line) => Note(line.Data);
        started.ErrorDataReceived += (_, line) => Note(line.Data);
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private bool Answers()
    {
        try
        {
            using var connection = new MySqlConnection(ConnectionString + ";Pooling=false");
            connection.Open();
            return true;
        }
        catch (MySqlException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (log) log.AppendLine(line);
    }

    private static string Program(string name) => File.Exists($"/usr/sbin/{name}") ? $"/usr/sbin/{name}" : name;

    // It will not run as root unless it is told so.
    private static string[] AsUser() => Environment.UserName == "root" ? ["--user=root"] : [];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
