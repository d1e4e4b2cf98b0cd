using System.Collections.Concurrent;
using Weir.Database.Users;
using Weir.Mqtt;

namespace Weir.Grains.Users;

/// <summary>Gives the broker the users that the database has. What is changed there holds from the next login on. May be used from any thread.</summary>
internal sealed class SiteUsers(UserTable table, TimeProvider time) : IMqttUserStore
{
    private static readonly TimeSpan NoteEvery = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, long> noted = new(StringComparer.Ordinal);

    public async ValueTask<string?> FindHashAsync(string userName, CancellationToken cancellationToken) =>
        await table.FindHashAsync(userName, cancellationToken);

    /// <remarks>To the hour: many clients may be of one user, and come back all at once.</remarks>
    public async ValueTask SeenAsync(string userName, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (noted.TryGetValue(userName, out var before) && time.GetElapsedTime(before, now) < NoteEvery) return;
        noted[userName] = now;
        await table.SeenAsync(userName, cancellationToken);
    }
}
