using System.Net;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>Whether a client is let in, and as whom.</summary>
/// <param name="Reason">Success, or why it is not.</param>
/// <param name="Why">The same in a sentence that the client may see.</param>
/// <param name="User">Who it is; null for an anonymous client.</param>
/// <param name="ValidUntil">When that ends; null for never.</param>
internal readonly record struct Admission(ReasonCode Reason, string? Why, string? User, DateTimeOffset? ValidUntil)
{
    public bool IsGranted => Reason == ReasonCode.Success;
}

/// <summary>Decides who is let in: bans first, then what each client shows. A failure is slowed down and logged.</summary>
internal sealed class Gatekeeper
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MqttSecurityOptions options;
    private readonly List<IMqttAuthenticator> authenticators;
    private readonly Dictionary<string, IMqttEnhancedAuthenticator> enhanced;
    private readonly FailureBrake brake;
    private readonly BrokerLog log;
    private readonly CancellationToken stopping;
    private readonly bool hasSecrets;
    private readonly bool hasOthers;

    public Gatekeeper(
        IOptions<MqttSecurityOptions> options, IEnumerable<IMqttAuthenticator> authenticators,
        IEnumerable<IMqttEnhancedAuthenticator> enhanced, TimeProvider time, BrokerLog log, CancellationToken stopping)
    {
        this.options = options.Value;
        this.authenticators = [.. authenticators];
        this.enhanced = enhanced.ToDictionary(method => method.Method, StringComparer.Ordinal);
        this.log = log;
        this.stopping = stopping;
        brake = new FailureBrake(this.options.FailureDelay, this.options.MaxFailureDelay, time);
        Bans = new BanList(this.options.Bans, time);
        hasOthers = this.authenticators.Exists(a => a is not (PasswordAuthenticator or CertificateAuthenticator or HttpAuthenticator or JwtAuthenticator));
        hasSecrets = this.options is { Http: not null } or { Jwt: not null } || this.authenticators.Exists(a => a is PasswordAuthenticator { HasUsers: true }) || hasOthers;
    }

    public BanList Bans { get; }

    public ClientAccess? AccessOf(string? user, string clientId) => ClientAccess.For(options.Access, user, clientId);

    /// <summary>The exchange of a method; null where it is not known.</summary>
    public IMqttAuthenticationExchange? Begin(string method, MqttLogin login) => enhanced.GetValueOrDefault(method)?.Begin(login);

    /// <summary>Decides on a client that names no method.</summary>
    public async ValueTask<Admission> AdmitAsync(MqttLogin login)
    {
        if (FindBan(login, login.UserName) is { } banned) return banned;
        if (brake.IsFull(login.Address))
        {
            return Refused(ReasonCode.ConnectionRateExceeded, "Too many logins have failed; try again later.");
        }
        // Our own ways are about what a client shows: nobody needs to be asked where it shows nothing.
        if (!hasOthers && login is { UserName: null, Password: null, Certificate: null }) return await JudgeUnknownAsync(login).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            foreach (var authenticator in authenticators)
            {
                var verdict = await authenticator.AuthenticateAsync(login, patience.Token).ConfigureAwait(false);
                if (verdict.IsDecided) return await DecideAsync(verdict, login).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            log.AuthenticationFaulted(fault, login.ClientId, login.UserName, login.Address);
            return Refused(ReasonCode.ServerUnavailable, "Logins cannot be checked at present.");
        }
        return await JudgeUnknownAsync(login).ConfigureAwait(false);
    }

    /// <summary>Takes one step of an exchange; not decided where the client must send more.</summary>
    public async ValueTask<(Admission? Admission, ReadOnlyMemory<byte>? Data)> StepAsync(
        IMqttAuthenticationExchange exchange, MqttLogin login, ReadOnlyMemory<byte>? data)
    {
        if (FindBan(login, login.UserName) is { } banned) return (banned, null);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            var step = await exchange.NextAsync(data, patience.Token).ConfigureAwait(false);
            return step.Verdict.IsDecided ? (await DecideAsync(step.Verdict, login).ConfigureAwait(false), step.Data) : (null, step.Data);
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            log.AuthenticationFaulted(fault, login.ClientId, login.UserName, login.Address);
            return (Refused(ReasonCode.ServerUnavailable, "Logins cannot be checked at present."), null);
        }
    }

    /// <summary>Decides on a client that no way of logging in is concerned with.</summary>
    private async ValueTask<Admission> JudgeUnknownAsync(MqttLogin login)
    {
        var showsSecret = login.Password is not null && hasSecrets;
        if (options.AllowAnonymous && !showsSecret) return new Admission(ReasonCode.Success, null, null, null);
        var refusal = showsSecret
            ? MqttLoginVerdict.Refused(ReasonCode.BadUserNameOrPassword, "nothing here knows these credentials")
            : MqttLoginVerdict.Refused(ReasonCode.NotAuthorized, "it shows no credentials");
        return await DecideAsync(refusal, login).ConfigureAwait(false);
    }

    private async ValueTask<Admission> DecideAsync(MqttLoginVerdict verdict, MqttLogin login)
    {
        if (verdict.Reason == ReasonCode.Success)
        {
            return FindBan(login, verdict.User) ?? new Admission(ReasonCode.Success, null, verdict.User, verdict.ValidUntil);
        }
        log.LoginRefused(login.ClientId, login.UserName, login.Address, verdict.Reason, verdict.Why ?? "");
        await brake.WaitAsync(login.Address, stopping).ConfigureAwait(false);
        // The client is not told which part was wrong.
        return Refused(verdict.Reason, verdict.Reason switch
        {
            ReasonCode.BadUserNameOrPassword => "The user name or password is not accepted.",
            ReasonCode.ServerUnavailable => "Logins cannot be checked at present.",
            _ => "This broker needs to know who connects.",
        });
    }

    private Admission? FindBan(MqttLogin login, string? user)
    {
        if (Bans.Find(login.ClientId, user, login.Address) is not { } ban) return null;
        log.Banned(login.ClientId, user, login.Address);
        return Refused(ReasonCode.Banned, ban.Reason ?? "This client is banned.");
    }

    private static Admission Refused(ReasonCode reason, string why) => new(reason, why, null, null);
}
