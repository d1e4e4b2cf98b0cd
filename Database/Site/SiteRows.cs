using System.Security.Cryptography;
using System.Text;

namespace Weir.Database.Site;

/// <summary>A range that was lost or dropped. Times are microseconds since 1970-01-01 UTC.</summary>
public sealed record GapRow
{
    /// <summary>What has the gap, such as <c>camera/street</c> or <c>stream/orleans/weir-0</c>; at most 255 characters.</summary>
    public required string Source { get; init; }

    /// <summary>The first time that is missing; null where it is not known by time.</summary>
    public long? FromTime { get; init; }

    /// <summary>The time at which it goes on.</summary>
    public long? ToTime { get; init; }

    /// <summary>The first place of a stream that is missing; null where it is not known by place.</summary>
    public string? FromPlace { get; init; }

    /// <summary>The place at which the stream goes on.</summary>
    public string? ToPlace { get; init; }

    /// <summary>Why, in a word; at most 32 characters.</summary>
    public required string Cause { get; init; }

    /// <summary>How many frames, events or messages are missing; null where nobody can know.</summary>
    public long? Lost { get; init; }

    /// <summary>Why, in a sentence; at most 2,000 characters.</summary>
    public required string Detail { get; init; }

    /// <summary>When it was noticed.</summary>
    public long Noticed { get; init; }

    /// <summary>Names it by what it is, so that a repeat is the same gap.</summary>
    internal string Id =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Source}\n{FromTime}\n{ToTime}\n{FromPlace}\n{ToPlace}\n{Cause}")));
}

/// <summary>Somebody changed something.</summary>
/// <param name="HappenedAt">When, in microseconds since 1970-01-01 UTC.</param>
/// <param name="UserName">Who; null where it is not known.</param>
/// <param name="What">What was done, in a word such as <c>put</c>; at most 64 characters.</param>
/// <param name="Item">To what, such as <c>camera/street</c>; at most 255 characters.</param>
/// <param name="Detail">More of it; at most 2,000 characters.</param>
public sealed record AuditRow(long HappenedAt, string? UserName, string What, string Item, string? Detail);
