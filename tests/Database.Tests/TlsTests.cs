using System.Data.Common;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Microsoft.Extensions.Options;
using Weir.Tests;

namespace Weir.Database.Tests;

/// <summary>The way to a server is encrypted where the connection string says so. On a server of its own, with a certificate of its own.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-tls-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_server_that_asks_for_TLS_is_spoken_to_in_TLS_and_only_so()
    {
        var (certificate, key) = CreateCertificate();
        await using var server = await MariaDbServer.StartAsync($"--ssl-cert={certificate}", $"--ssl-key={key}");
        var connection = server.CreateDatabase("weir");
        await server.ExecuteAsync("SET GLOBAL require_secure_transport = ON");

        using var open = Open(connection.Replace("SslMode=None", "SslMode=Required", StringComparison.Ordinal));
        var cipher = await open.ReadAsync(one => one.QuerySingleAsync<(string, string Value)>("SHOW STATUS LIKE 'Ssl_cipher'"));
        Assert.NotEmpty(cipher.Value);
        await Stored.DetectionsAsync(open, [.. Enumerable.Range(0, 500).Select(i => Stored.Detection(i))]);

        using var plain = Open(connection);
        await Assert.ThrowsAnyAsync<DbException>(() => plain.ReadAsync(_ => Task.FromResult(true)));
        // Nobody has signed the certificate.
        using var verifying = Open(connection.Replace("SslMode=None", "SslMode=VerifyFull", StringComparison.Ordinal));
        await Assert.ThrowsAnyAsync<Exception>(() => verifying.ReadAsync(_ => Task.FromResult(true)));
    }

    private static SiteDatabase Open(string connectionString) =>
        new(Options.Create(new SiteDatabaseOptions { ConnectionString = connectionString, ConnectTimeout = TimeSpan.FromSeconds(60) }));

    private (string Certificate, string Key) CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=weir-test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var files = (Path.Combine(folder.FullName, "server.pem"), Path.Combine(folder.FullName, "server.key"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        File.WriteAllText(files.Item2, key.ExportRSAPrivateKeyPem());
        return files;
    }
}
