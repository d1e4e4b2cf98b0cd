using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>
/// Users with passwords. Checking a hash is slow on purpose: as many run at one time as there are processors, and a
/// password that was right is remembered by a fast keyed hash in memory, so that all may reconnect at once.
/// </summary>
internal sealed partial class PasswordAuthenticator : IMqttAuthenticator, IDisposable
{
    private const int MostRemembered = 10_000;

    /// <summary>What an unknown user is checked against, so that the time taken does not tell that there is none.</summary>
    private static readonly string NobodysHash = PasswordHash.Create("nobody"u8);

    private readonly Dictionary<string, string> users;
    private readonly PasswordFile? file;
    private readonly List<IMqttUserStore> stores;
    private readonly ILogger<PasswordAuthenticator> logger;
    private readonly SemaphoreSlim checking = new(Environment.ProcessorCount);
    private readonly ConcurrentDictionary<string, (string Hash, byte[] Seal)> known = new(StringComparer.Ordinal);
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    public PasswordAuthenticator(IOptions<MqttSecurityOptions> options, IEnumerable<IMqttUserStore> stores, ILogger<PasswordAuthenticator> logger)
    {
        (this.stores, this.logger) = ([.. stores], logger);
        users = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var user in options.Value.Users) users[user.Name] = user.PasswordHash;
        file = options.Value.PasswordFile is { } path ? new PasswordFile(path) : null;
    }

    /// <summary>Whether passwords are looked at.</summary>
    public bool HasUsers => users.Count > 0 || file is not null || stores.Count > 0;

    public async ValueTask<MqttLoginVerdict> AuthenticateAsync(MqttLogin login, CancellationToken cancellationToken)
    {
        if (login is not { UserName: { } name, Password: { } password } || !HasUsers) return MqttLoginVerdict.NotConcerned;
        var (hash, store) = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        var seal = HMACSHA256.HashData(key, password.Span);
        if (hash is not null && known.TryGetValue(name, out var before) && before.Hash == hash
            && CryptographicOperations.FixedTimeEquals(before.Seal, seal))
        {
            return await AcceptAsync(name, store, cancellationToken).ConfigureAwait(false);
        }

        await checking.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool isRight;
        try
        {
            isRight = await Task.Run(() => PasswordHash.Verify(password.Span, hash ?? NobodysHash), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            checking.Release();
        }
        if (!isRight || hash is null)
        {
            return MqttLoginVerdict.Refused(ReasonCode.BadUserNameOrPassword, hash is null ? "there is no such user" : "the password is wrong");
        }
        if (known.Count >= MostRemembered) known.Clear();
        known[name] = (hash, seal);
        return await AcceptAsync(name, store, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(string? Hash, IMqttUserStore? Store)> FindAsync(string name, CancellationToken cancellationToken)
    {
        if ((users.GetValueOrDefault(name) ?? file?.Find(name)) is { } own) return (own, null);
        foreach (var store in stores)
        {
            if (await store.FindHashAsync(name, cancellationToken).ConfigureAwait(false) is { } hash) return (hash, store);
        }
        return default;
    }

    private async ValueTask<MqttLoginVerdict> AcceptAsync(string name, IMqttUserStore? store, CancellationToken cancellationToken)
    {
        try
        {
            if (store is not null) await store.SeenAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotNoted(logger, fault, name);
        }
        return MqttLoginVerdict.Accepted(name);
    }

    public void Dispose() => checking.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "That user '{User}' has logged in could not be noted.")]
    private static partial void LogNotNoted(ILogger logger, Exception fault, string user);

    /// <summary>A file of users, read again when it has changed; a line that cannot be read is passed over.</summary>
    private sealed class PasswordFile(string path)
    {
        private readonly Lock gate = new();
        private Dictionary<string, string> users = [];
        private DateTime read;

        public string? Find(string name)
        {
            lock (gate)
            {
                var written = File.GetLastWriteTimeUtc(path);
                if (written != read && File.Exists(path))
                {
                    users = File.ReadLines(path)
                        .Select(line => line.Trim())
                        .Where(line => line.Length > 0 && line[0] != '#')
                        .Select(line => (Line: line, Colon: line.LastIndexOf(':')))
                        .Where(entry => entry.Colon > 0 && PasswordHash.IsValid(entry.Line[(entry.Colon + 1)..]))
                        .GroupBy(entry => entry.Line[..entry.Colon], StringComparer.Ordinal)
                        .ToDictionary(group => group.Key, group => group.Last().Line[(group.Last().Colon + 1)..], StringComparer.Ordinal);
                    read = written;
                }
                return users.GetValueOrDefault(name);
            }
        }
    }
}
