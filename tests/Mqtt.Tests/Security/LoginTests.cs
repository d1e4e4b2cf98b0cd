using System.Diagnostics;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Weir.Mqtt.Tests.Security;

/// <summary>Who is let in.</summary>
public sealed class LoginTests
{
    private const string Secret = "a secret of at least thirty-two bytes";

    private static readonly string Hash = PasswordHash.Create("right"u8, 1000);

    [Theory]
    [InlineData(MqttVersion.V31)]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task Nobody_comes_in_without_a_name_unless_it_is_configured(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(_ => { }));
        Assert.Equal(ReasonCode.NotAuthorized, await broker.ReasonAsync(TestBroker.Login(null, null, version)));
    }

    [Theory]
    [InlineData("ann", "right", ReasonCode.Success)]
    [InlineData("ann", "wrong", ReasonCode.BadUserNameOrPassword)]
    [InlineData("bob", "right", ReasonCode.BadUserNameOrPassword)]
    [InlineData("ann", null, ReasonCode.NotAuthorized)]
    public async Task A_password_decides(string user, string? password, ReasonCode expected)
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash })));
        foreach (var version in (MqttVersion[])[MqttVersion.V311, MqttVersion.V5])
        {
            Assert.Equal(expected, await broker.ReasonAsync(TestBroker.Login(user, password, version)));
        }
        if (expected != ReasonCode.Success) return;
        var (connection, _) = await broker.AskAsync(TestBroker.Login(user, password));
        Assert.Equal("ann", Assert.Single(broker.Broker.GetClients()).User);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_store_of_users_is_asked_for_names_that_the_configuration_does_not_have()
    {
        var store = new Store { Hash = Hash };
        await using var broker = await TestBroker.StartAsync(
            secure: Quick(s => s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash })), services: services => services.AddSingleton<IMqttUserStore>(store));

        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("ann", "right")));
        Assert.Empty(store.Asked);
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("bob", "wrong")));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("eve", "right")));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
        Assert.Equal(["bob", "bob"], store.Seen);

        // What is taken away there holds at once, remembered or not.
        store.Hash = null;
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
        store.Fault = new IOException("The database is away.");
        Assert.Equal(ReasonCode.ServerUnavailable, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
    }

    [Fact]
    public async Task A_login_that_takes_long_to_decide_on_is_answered_all_the_same()
    {
        var store = new Store { Hash = Hash, Answered = new TaskCompletionSource() };
        await using var broker = await TestBroker.StartAsync(
            options => options.ConnectTimeout = TimeSpan.FromSeconds(1), secure: Quick(_ => { }), services: services => services.AddSingleton<IMqttUserStore>(store));

        var asked = broker.ReasonAsync(TestBroker.Login("bob", "wrong"));
        // Twice the time that a client has, and that between two looks at it.
        await Task.Delay(TimeSpan.FromSeconds(2.5), TestContext.Current.CancellationToken);
        store.Answered.SetResult();

        Assert.Equal(ReasonCode.BadUserNameOrPassword, await asked);
    }

    [Fact]
    public async Task That_a_login_cannot_be_noted_keeps_nobody_out()
    {
        var store = new Store { Hash = Hash, NoteFault = new IOException("The database is away.") };
        await using var broker = await TestBroker.StartAsync(secure: Quick(_ => { }), services: services => services.AddSingleton<IMqttUserStore>(store));

        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
    }

    [Fact]
    public async Task A_password_that_was_right_once_is_right_again_and_a_wrong_one_still_wrong()
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash })));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("ann", "right")));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("ann", "right")));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("ann", "right ")));
    }

    [Fact]
    public async Task A_password_file_is_read_again_when_it_changes()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"# users\nann:{Hash}\n", TestContext.Current.CancellationToken);
            await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.PasswordFile = file));
            Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("ann", "right")));
            await File.WriteAllTextAsync(file, $"bob:{Hash}\n", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(5));
            Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
            Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("ann", "right")));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_hash_is_salted_and_only_its_password_fits()
    {
        var (first, second) = (PasswordHash.Create("secret"u8, 1000), PasswordHash.Create("secret"u8, 1000));
        Assert.NotEqual(first, second);
        Assert.True(PasswordHash.Verify("secret"u8, first));
        Assert.True(PasswordHash.Verify("secret"u8, second));
        Assert.False(PasswordHash.Verify("Secret"u8, first));
        Assert.StartsWith("$pbkdf2-sha512$210000$", PasswordHash.Create("secret"u8), StringComparison.Ordinal);
        Assert.False(PasswordHash.IsValid("secret"));
    }

    [Fact]
    public async Task Failed_logins_are_answered_more_and_more_slowly()
    {
        await using var broker = await TestBroker.StartAsync(secure: s =>
        {
            s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash });
            s.FailureDelay = TimeSpan.FromMilliseconds(100);
            s.MaxFailureDelay = TimeSpan.FromMilliseconds(300);
        });
        double[] least = [100, 200, 300, 300];
        foreach (var milliseconds in least)
        {
            var clock = Stopwatch.StartNew();
            Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("ann", "wrong")));
            Assert.True(clock.Elapsed.TotalMilliseconds >= milliseconds - 20, $"It took {clock.Elapsed}; at least {milliseconds} ms were due.");
        }
    }

    [Fact]
    public async Task The_log_names_who_failed_but_no_secret()
    {
        var log = new MemoryLog();
        await using var broker = await TestBroker.StartAsync(
            secure: Quick(s => s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash })), services: s => s.AddSingleton<ILoggerProvider>(log));
        await broker.ReasonAsync(TestBroker.Login("ann", "my-password-is-long"));
        Assert.Contains(log.Lines, line => line.Contains("ann", StringComparison.Ordinal) && line.Contains("password is wrong", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("my-password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_http_service_decides()
    {
        var asked = new List<JsonElement>();
        await using var service = await ServeAsync(async context =>
        {
            var question = await context.Request.ReadFromJsonAsync<JsonElement>();
            lock (asked) asked.Add(question);
            var password = question.GetProperty("password").GetString();
            context.Response.StatusCode = password switch { "right" => 200, "broken" => 500, _ => 403 };
            if (password == "right") await context.Response.WriteAsJsonAsync(new { user = "ann-of-plant-1" });
        });
        await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.Http = new MqttHttpAuthenticationOptions { Url = Address(service) }));

        var (connection, answer) = await broker.AskAsync(TestBroker.Login("ann", "right"));
        Assert.Equal(ReasonCode.Success, answer.Reason);
        Assert.Equal("ann-of-plant-1", Assert.Single(broker.Broker.GetClients()).User);
        await connection.DisposeAsync();
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("ann", "wrong")));
        Assert.Equal(ReasonCode.ServerUnavailable, await broker.ReasonAsync(TestBroker.Login("ann", "broken")));
        Assert.Equal(("c", "ann", "127.0.0.1"), (
            asked[0].GetProperty("clientId").GetString(), asked[0].GetProperty("userName").GetString(), asked[0].GetProperty("address").GetString()));
    }

    [Fact]
    public async Task An_http_service_that_does_not_answer_lets_nobody_in()
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(s =>
        {
            s.AllowAnonymous = true;
            s.Http = new MqttHttpAuthenticationOptions { Url = new Uri("http://127.0.0.1:1/") };
        }));
        Assert.Equal(ReasonCode.ServerUnavailable, await broker.ReasonAsync(TestBroker.Login("ann", "right")));
    }

    [Fact]
    public async Task A_token_is_taken_in_place_of_a_password()
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.Jwt = new MqttJwtOptions { Secret = Secret, Issuer = "plant", Audience = "mqtt" }));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login(null, Token())));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login("ann", Token())));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login("bob", Token())));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login(null, Token(secret: "another secret of thirty-two bytes!!"))));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login(null, Token(issuer: "someone"))));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login(null, Token(audience: "http"))));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login(null, Token(validFor: TimeSpan.FromMinutes(-10)))));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login(null, "no token")));
    }

    [Fact]
    public async Task A_connection_ends_with_its_token()
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.Jwt = new MqttJwtOptions { Secret = Secret }));
        var (connection, answer) = await broker.AskAsync(TestBroker.Login(null, Token(validFor: TimeSpan.FromSeconds(3))));
        // A slow machine may be too late with such a token.
        for (var seconds = 10; seconds < 100 && answer.Reason != ReasonCode.Success; seconds *= 2)
        {
            await connection.DisposeAsync();
            (connection, answer) = await broker.AskAsync(TestBroker.Login(null, Token(validFor: TimeSpan.FromSeconds(seconds))));
        }
        Assert.Equal(ReasonCode.Success, answer.Reason);
        Assert.Equal(ReasonCode.NotAuthorized, await connection.ReceiveDisconnectAsync());
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_token_is_checked_with_a_key_set_from_the_web_and_with_a_public_key_file()
    {
        using var rsa = RSA.Create(2048);
        var key = new RsaSecurityKey(rsa) { KeyId = "k1" };
        var parameters = rsa.ExportParameters(false);
        await using var service = await ServeAsync(context => context.Response.WriteAsJsonAsync(new
        {
            keys = new[] { new { kty = "RSA", kid = "k1", use = "sig", n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) } },
        }));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, rsa.ExportSubjectPublicKeyInfoPem(), TestContext.Current.CancellationToken);
            var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Subject = new ClaimsIdentity([new Claim("sub", "ann")]), Expires = DateTime.UtcNow.AddMinutes(5),
                SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.RsaSha256),
            });
            foreach (var jwt in (MqttJwtOptions[])[new() { KeySetUrl = Address(service) }, new() { PublicKeyFile = file }])
            {
                await using var broker = await TestBroker.StartAsync(secure: Quick(s => s.Jwt = jwt));
                Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login(null, token)));
                // Signed with the public key as if it were a secret: the classic confusion of algorithms.
                Assert.Equal(ReasonCode.BadUserNameOrPassword, await broker.ReasonAsync(TestBroker.Login(null, Token(secret: rsa.ExportSubjectPublicKeyInfoPem()))));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_changed_key_set_is_read_again_and_one_that_cannot_be_had_stays_what_it_was()
    {
        using var first = RSA.Create(2048);
        using var second = RSA.Create(2048);
        var current = first;
        var isDown = false;
        var asked = 0;
        await using var service = await ServeAsync(context =>
        {
            asked++;
            if (isDown)
            {
                context.Response.StatusCode = 500;
                return Task.CompletedTask;
            }
            var parameters = current.ExportParameters(false);
            var id = current == first ? "first" : "second";
            return context.Response.WriteAsJsonAsync(new
            {
                keys = new[] { new { kty = "RSA", kid = id, use = "sig", n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) } },
            });
        });
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var broker = await TestBroker.StartAsync(time: time, secure: Quick(s =>
        {
            s.Jwt = new MqttJwtOptions { KeySetUrl = Address(service) };
            s.FailureDelay = s.MaxFailureDelay = TimeSpan.Zero;
        }));
        Assert.Equal(ReasonCode.Success, await LoginAsync(first, "first"));
        current = second;
        // Not so soon: a client with bad tokens must not make the broker ask for each of them.
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await LoginAsync(second, "second"));
        Assert.Equal(1, asked);
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(ReasonCode.Success, await LoginAsync(second, "second"));
        Assert.Equal(2, asked);
        isDown = true;
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(ReasonCode.Success, await LoginAsync(second, "second"));
        Assert.Equal(3, asked);

        Task<ReasonCode> LoginAsync(RSA key, string id) => broker.ReasonAsync(TestBroker.Login(null, new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Subject = new ClaimsIdentity([new Claim("sub", "ann")]), Expires = DateTime.UtcNow.AddHours(1),
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(key) { KeyId = id }, SecurityAlgorithms.RsaSha256),
        })));
    }

    [Fact]
    public async Task A_session_stays_its_users()
    {
        await using var broker = await TestBroker.StartAsync(secure: Quick(s =>
        {
            s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash });
            s.Users.Add(new MqttUser { Name = "bob", PasswordHash = Hash });
        }));
        var (connection, _) = await broker.AskAsync(TestBroker.Login("ann", "right"));
        Assert.Equal(ReasonCode.NotAuthorized, await broker.ReasonAsync(TestBroker.Login("bob", "right")));
        await connection.PingAsync();
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task Wrong_options_end_the_start_with_sentences()
    {
        var fault = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => TestBroker.StartAsync(secure: s =>
        {
            s.Users.Add(new MqttUser { Name = "ann", PasswordHash = "plain" });
            s.Access.Add(new MqttAccessRule { Topic = "a/#/b" });
            s.Bans.Add(new MqttBan());
            s.Jwt = new MqttJwtOptions { Secret = "short" };
        }));
        Assert.Equal(4, fault.Failures.Count());
        Assert.All(fault.Failures, failure => Assert.EndsWith(".", failure, StringComparison.Ordinal));
    }

    private static Action<MqttSecurityOptions> Quick(Action<MqttSecurityOptions> more) => options =>
    {
        options.FailureDelay = options.MaxFailureDelay = TimeSpan.Zero;
        more(options);
    };

    private static string Token(string secret = Secret, string issuer = "plant", string audience = "mqtt", TimeSpan? validFor = null) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Subject = new ClaimsIdentity([new Claim("sub", "ann")]), Issuer = issuer, Audience = audience,
            Expires = DateTime.UtcNow + (validFor ?? TimeSpan.FromMinutes(5)),
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), SecurityAlgorithms.HmacSha256),
        });

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static Uri Address(WebApplication service) =>
        new(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private sealed class Store : IMqttUserStore
    {
        public string? Hash { get; set; }

        public Exception? Fault { get; set; }

        public Exception? NoteFault { get; set; }

        public List<string> Asked { get; } = [];

        public List<string> Seen { get; } = [];

        public TaskCompletionSource? Answered { get; set; }

        public async ValueTask<string?> FindHashAsync(string userName, CancellationToken cancellationToken)
        {
            Asked.Add(userName);
            if (Answered is not null) await Answered.Task.WaitAsync(cancellationToken);
            return Fault is not null ? throw Fault : userName == "bob" ? Hash : null;
        }

        public ValueTask SeenAsync(string userName, CancellationToken cancellationToken)
        {
            Seen.Add(userName);
            return NoteFault is not null ? throw NoteFault : default;
        }
    }
}
