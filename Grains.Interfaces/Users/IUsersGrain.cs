using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Users;

/// <summary>
/// The users of the site's MQTT broker that are kept in the database. The key is <see cref="Sites.ISiteGrain.Key"/>. No
/// answer has a password or the hash of one.
/// </summary>
[Alias("weir.IUsersGrain")]
public interface IUsersGrain : IGrainWithStringKey
{
    /// <summary>Makes a user, or changes one. A user with a new password, or who may not log in any more, is cut off.</summary>
    /// <param name="name">1 to 200 characters.</param>
    /// <param name="change">What to set.</param>
    /// <param name="who">Who does it, for the record; null where that is not known.</param>
    /// <exception cref="ArgumentException">The name or the password is not allowed, or the broker does not look into the database; the message says which and why.</exception>
    [Alias("Put")] Task PutAsync(string name, UserChange change, string? who = null);

    /// <summary>Removes a user, who is cut off.</summary>
    /// <returns>False if there was none.</returns>
    [Alias("Remove")] Task<bool> RemoveAsync(string name, string? who = null);

    /// <summary>The users.</summary>
    [Alias("List"), AlwaysInterleave] Task<UserList> ListAsync();
}

/// <summary>The users that are kept in the database.</summary>
/// <param name="IsUsed">Whether the broker looks there.</param>
/// <param name="Users">By name.</param>
[GenerateSerializer, Immutable, Alias("weir.UserList")]
public sealed record UserList([property: Id(0)] bool IsUsed, [property: Id(1)] IReadOnlyList<SiteUser> Users);

/// <summary>A user of the broker.</summary>
/// <param name="Name">The name.</param>
/// <param name="Enabled">Whether the user may log in.</param>
/// <param name="Created">When the user was made.</param>
/// <param name="LastSeen">When the user logged in last, to the hour; null where that never was.</param>
[GenerateSerializer, Immutable, Alias("weir.SiteUser")]
public sealed record SiteUser(
    [property: Id(0)] string Name, [property: Id(1)] bool Enabled, [property: Id(2)] DateTimeOffset Created, [property: Id(3)] DateTimeOffset? LastSeen);

/// <summary>What is to be set of a user.</summary>
[GenerateSerializer, Immutable, Alias("weir.UserChange")]
public sealed record UserChange
{
    /// <summary>The password, of 8 to 1,000 characters; null leaves that of a user that is there as it is. Only its salted, slow hash is kept.</summary>
    [Id(0)] public string? Password { get; init; }

    /// <summary>Whether the user may log in.</summary>
    [Id(1)] public bool Enabled { get; init; } = true;

    /// <summary>Leaves the password out.</summary>
    public override string ToString() => $"UserChange {{ Password = {(Password is null ? "unchanged" : "***")}, Enabled = {Enabled} }}";
}
