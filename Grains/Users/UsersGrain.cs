using System.Text;
using Weir.Database.Users;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Interfaces.Users;
using Weir.Grains.Results;
using Weir.Mqtt;

namespace Weir.Grains.Users;

/// <summary>Keeps the users of the broker in the database.</summary>
internal sealed class UsersGrain(UserTable table, IEnumerable<IMqttUserStore> stores) : Grain, IUsersGrain
{
    private const string Role = "mqtt";
    private const int MostClients = 100_000;

    private bool IsUsed => stores.OfType<SiteUsers>().Any();

    public async Task PutAsync(string name, UserChange change, string? who = null)
    {
        if (!IsUsed) throw new ArgumentException("The broker does not look into the database for users: set Weir:Mqtt:DatabaseUsers to true and start the site again.");
        if (name.Length is 0 or > 200) throw new ArgumentException($"A user name must have 1 to 200 characters, but has {name.Length}.");
        if (change.Password is { Length: < 8 or > 1_000 }) throw new ArgumentException($"A password must have 8 to 1,000 characters, but has {change.Password.Length}.");
        // Slow on purpose, so not in the grain's turn.
        var hash = change.Password is { } password ? await Task.Run(() => PasswordHash.Create(Encoding.UTF8.GetBytes(password))) : null;
        if (!await table.PutAsync(name, Role, hash, change.Enabled, who)) throw new ArgumentException($"There is no user '{name}' yet, so a password must be given.");
        if (hash is not null || !change.Enabled) await CutOffAsync(name);
    }

    public async Task<bool> RemoveAsync(string name, string? who = null)
    {
        if (!await table.RemoveAsync(name, who)) return false;
        await CutOffAsync(name);
        return true;
    }

    public async Task<UserList> ListAsync() => new(
        IsUsed,
        [.. (await table.ListAsync()).Select(row => new SiteUser(
            row.Name, row.Enabled, ResultMapping.ToTime(row.Created), row.LastSeen is { } seen ? ResultMapping.ToTime(seen) : null))]);

    // Whoever is in by what holds no more has to log in again.
    private async Task CutOffAsync(string name)
    {
        var clients = GrainFactory.GetGrain<IBrokerClientsGrain>(ISiteGrain.Key);
        foreach (var client in (await clients.ListAsync(MostClients)).Where(client => client is { IsConnected: true } && client.User == name))
        {
            try
            {
                await clients.DisconnectAsync(client.ClientId, endSession: false);
            }
            catch (KeyNotFoundException)
            {
                // It has gone by itself.
            }
        }
    }
}
