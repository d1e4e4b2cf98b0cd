using System.Text;

namespace Weir.Pravega.Tests;

/// <summary>A server that wants to know who asks, and speaks TLS.</summary>
public sealed class SecurityTests(SecurityTests.SecureServer secure) : IClassFixture<SecurityTests.SecureServer>
{
    private static readonly ScopedStream Stream = new("secure", "events");

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
