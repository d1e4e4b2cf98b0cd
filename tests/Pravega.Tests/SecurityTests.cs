using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Weir.Pravega.Connections;

namespace Weir.Pravega.Tests;

/// <summary>A server that wants to know who asks, and speaks TLS.</summary>
public sealed class SecurityTests(SecurityTests.SecureServer secure) : IClassFixture<SecurityTests.SecureServer>
{
    private static readonly ScopedStream Stream = new("secure", "events"), Renewed = new("secure", "renewed");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_works_for_one_who_is_known_and_trusts_the_certificate()
    {
        await using var client = new PravegaClient(await OptionsAsync());
        await client.Controller.CreateScopeAsync("secure", Stop);
        await client.Controller.CreateStreamAsync(Stream, cancellationToken: Stop);
        await using (var writer = await client.OpenWriterAsync(Stream, cancellationToken: Stop)) await writer.WriteAsync("a", "hello"u8, Stop);
        await using var reader = await client.OpenReaderAsync(Stream, cancellationToken: Stop);
        using (var events = await reader.ReadAsync(Stop))
        {
            foreach (var one in events!) Assert.Equal("hello", Encoding.UTF8.GetString(one.Payload.Span));
        }
        await using (var transaction = await client.BeginTransactionAsync(Stream, cancellationToken: Stop))
        {
            await transaction.WriteAsync("a", "again"u8);
            await transaction.CommitAsync(cancellationToken: Stop);
        }
        using (var events = await reader.ReadAsync(Stop)) Assert.Equal(13, events!.Bytes);
        var table = client.OpenTable("secure", "table");
        await table.CreateAsync(Stop);
        await table.PutAsync(new byte[] { 1 }, new byte[] { 2 }, TableVersion.Any, Stop);
        Assert.Equal(2, (await table.GetAsync(new byte[] { 1 }, Stop))!.Value.Value.Span[0]);
        await client.Controller.CreateTableAsync("secure", "kvt", new KeyValueTableConfiguration(1, 4), Stop);
        var kvt = await client.OpenKeyValueTableAsync("secure", "kvt", Stop);
        await kvt.PutAsync(new byte[4], new byte[] { 3 }, TableVersion.Any, Stop);
    }

    [Fact]
    public async Task The_token_of_the_server_says_when_it_runs_out()
    {
        await using var client = new PravegaClient(await OptionsAsync());
        await client.Controller.CreateScopeAsync("secure", Stop);
        await client.Controller.CreateStreamAsync(Stream, cancellationToken: Stop);
        var expiry = Security.DelegationTokens.ExpiryOf(await client.Controller.GetTokenAsync(Stream, canWrite: true, Stop));
        Assert.InRange(expiry!.Value, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1));
    }

    [Fact]
    public async Task A_token_that_has_run_out_is_told_where_the_new_one_has_too()
    {
        await using var client = await WithStreamAsync();
        var expired = SignedAnew(await client.Controller.GetTokenAsync(Renewed, canWrite: true, Stop), DateTimeOffset.UtcNow.AddMinutes(-5));
        var services = client.Services with { Tokens = new((_, _, _) => Task.FromResult(expired), TimeProvider.System) };

        var told = await Assert.ThrowsAsync<PravegaAuthenticationException>(() => new SegmentCalls(services).GetInfoAsync(StreamSegment.Of(Renewed, 0, 0), Stop));
        Assert.Contains("The token for stream 'secure/renewed' has run out, and a new one has, too", told.Message, StringComparison.Ordinal);
        await using var reader = await EventReader.OpenAsync(services, Renewed, new(), Stop);
        await Assert.ThrowsAsync<PravegaAuthenticationException>(async () => await reader.ReadAsync(Stop));
        await using var writer = await EventWriter.OpenAsync(services, Renewed, new() { RetryFor = TimeSpan.Zero }, keepsNumbers: false, Stop);
        // To a writer the store says nothing: it closes the connection when the token has run out.
        await Assert.ThrowsAsync<PravegaUnavailableException>(async () => await writer.WriteAsync("a", "b"u8, Stop));
    }

    [Fact]
    public async Task A_token_that_has_run_out_by_the_servers_clock_alone_is_replaced_and_all_goes_on()
    {
        await using var client = await WithStreamAsync();
        var asked = 0;
        var services = client.Services with
        {
            Tokens = new(async (stream, canWrite, stop) =>
            {
                var good = await client.Controller.GetTokenAsync(stream, canWrite, stop);
                return Interlocked.Increment(ref asked) % 2 == 1 ? SignedAnew(good, DateTimeOffset.UtcNow.AddMinutes(-5)) : good;
            }, new ShiftedTime { Shift = TimeSpan.FromHours(-1) }),
        };
        var info = await new SegmentCalls(services).GetInfoAsync(StreamSegment.Of(Renewed, 0, 0), Stop);
        Assert.Equal(2, asked);
        await using var writer = await EventWriter.OpenAsync(services, Renewed, new(), keepsNumbers: false, Stop);
        await writer.WriteAsync("a", "renewed"u8, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(4, asked);
        await using var reader = client.OpenSegmentReader(StreamSegment.Of(Renewed, 0, 0), info!.Value.Length);
        using var events = await reader.ReadAsync(Stop);
        Assert.Equal(15, events.Bytes);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_runs_out()
    {
        var clock = new ShiftedTime();
        await using var client = new PravegaClient(await OptionsAsync(), time: clock);
        await client.Controller.CreateScopeAsync("secure", Stop);
        await client.Controller.CreateStreamAsync(Stream, cancellationToken: Stop);
        var tokens = client.Services.Tokens;
        var first = await tokens.GetAsync(Stream, canWrite: true, Stop);
        var life = Security.DelegationTokens.ExpiryOf(first)!.Value - DateTimeOffset.UtcNow;
        // Tokens of one second are the same.
        await Task.Delay(1100, Stop);
        clock.Shift = life - TimeSpan.FromSeconds(20);
        Assert.Equal(first, await tokens.GetAsync(Stream, canWrite: true, Stop));
        clock.Shift = life - TimeSpan.FromSeconds(5);
        Assert.NotEqual(first, await tokens.GetAsync(Stream, canWrite: true, Stop));
    }

    [Fact]
    public async Task A_clock_that_is_ahead_of_the_servers_does_not_make_every_call_ask_for_a_token()
    {
        var (asked, now) = (0, DateTimeOffset.UtcNow);
        var tokens = new Security.DelegationTokens((_, _, _) => Task.FromResult($"e30.{Claims(now)}.x{asked++}"), new ShiftedTime { Shift = TimeSpan.FromHours(1) });
        Assert.Equal(await tokens.GetAsync(Stream, true, Stop), await tokens.GetAsync(Stream, true, Stop));
        // The store says when it has run out.
        tokens.Forget(Stream, true);
        await tokens.GetAsync(Stream, true, Stop);
        Assert.Equal(2, asked);

        static string Claims(DateTimeOffset expiry) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{{\"exp\":{expiry.ToUnixTimeSeconds()}}}"));
    }

    [Fact]
    public async Task A_wrong_password_is_told()
    {
        var options = await OptionsAsync();
        options.Credentials = PravegaCredentials.Basic(PravegaServer.User, "wrong");
        await using var client = new PravegaClient(options);
        var told = await Assert.ThrowsAsync<PravegaAuthenticationException>(() => client.Controller.CreateScopeAsync("secure", Stop));
        Assert.Contains("does not accept the user and password", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_password_is_told()
    {
        var options = await OptionsAsync();
        options.Credentials = null;
        await using var client = new PravegaClient(options);
        var told = await Assert.ThrowsAsync<PravegaAuthenticationException>(() => client.Controller.CreateScopeAsync("secure", Stop));
        Assert.Contains("wants to know who asks", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told()
    {
        var options = await OptionsAsync();
        options.TrustedCertificates = null;
        await using var client = new PravegaClient(options);
        var told = await Assert.ThrowsAsync<PravegaTlsException>(() => client.Controller.CreateScopeAsync("secure", Stop));
        Assert.Contains("TrustedCertificates", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Java_client_reads_over_TLS_what_this_one_has_written()
    {
        var options = await OptionsAsync();
        await using var client = new PravegaClient(options);
        await client.Controller.CreateScopeAsync("secure", Stop);
        var stream = new ScopedStream("secure", "both");
        await client.Controller.CreateStreamAsync(stream, cancellationToken: Stop);
        await using (var writer = await client.OpenWriterAsync(stream, cancellationToken: Stop)) await writer.WriteAsync("a", "hello"u8, Stop);
        var server = await secure.TakeAsync();
        string[] words =
        [
            "read", "secure", "both", "--count", "1", "--user", PravegaServer.User, "--password", PravegaServer.Password, "--ca", server.CertificateFile,
        ];
        Assert.Equal("hello", await JavaClient.RunAsync(server.Controller, words));
    }

    private async Task<PravegaClient> WithStreamAsync()
    {
        var client = new PravegaClient(await OptionsAsync());
        await client.Controller.CreateScopeAsync("secure", Stop);
        await client.Controller.CreateStreamAsync(Renewed, cancellationToken: Stop);
        return client;
    }

    // The server in one process signs with a key of its own that is the same everywhere, so that its tokens can be made here.
    private static string SignedAnew(string token, DateTimeOffset expiry)
    {
        var parts = token.Split('.');
        Assert.Equal(token, Signed(parts[0], parts[1]));
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        claims["exp"] = expiry.ToUnixTimeSeconds();
        return Signed(parts[0], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString())));

        static string Signed(string head, string body) =>
            $"{head}.{body}.{Base64Url.EncodeToString(HMACSHA512.HashData("secret"u8, Encoding.ASCII.GetBytes($"{head}.{body}")))}";
    }

    /// <summary>A clock that goes wrong; what is measured and waited for goes right.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }

    private async Task<PravegaClientOptions> OptionsAsync()
    {
        Assert.SkipUnless(PravegaServer.HasOwn, PravegaServer.Missing ?? $"There is no Pravega in '{PravegaServer.Home}' to start with auth and TLS.");
        var server = await secure.TakeAsync();
        var options = new PravegaClientOptions
        {
            Controller = server.Controller,
            Credentials = PravegaCredentials.Basic(PravegaServer.User, PravegaServer.Password),
        };
        options.TrustPemFile(server.CertificateFile);
        return options;
    }

    /// <summary>One server for the tests of this class.</summary>
    public sealed class SecureServer : IAsyncDisposable
    {
        private readonly Lazy<Task<PravegaServer>> server = new(() => PravegaServer.StartOwnAsync(auth: true, tls: true));

        internal Task<PravegaServer> TakeAsync() => server.Value;

        public async ValueTask DisposeAsync()
        {
            if (server.IsValueCreated) await (await server.Value).DisposeAsync();
        }
    }
}
