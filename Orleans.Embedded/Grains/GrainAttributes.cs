using System.Globalization;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Names the grain type of a class, which stands in its grains' identities and stored keys.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal GrainType Value { get; } = GrainType.Create(grainType);

    /// <summary>The grain type.</summary>
    public GrainType GetGrainType(IServiceProvider services, Type type) => Value;
}

/// <summary>Keeps activations of this class until they ask to end: they are not collected when idle.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class KeepAliveAttribute : Attribute
{
}

/// <summary>How long an activation of this class may be idle before it is collected.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class CollectionAgeLimitAttribute : Attribute
{
    /// <summary>The least age limit: one minute.</summary>
    public static readonly TimeSpan MinAgeLimit = TimeSpan.FromMinutes(1);

    private readonly TimeSpan? _limit;

    /// <summary>For use with <see cref="Days"/>, <see cref="Hours"/>, <see cref="Minutes"/>, <see cref="AlwaysActive"/>.</summary>
    public CollectionAgeLimitAttribute()
    {
    }

    /// <summary>The limit as text in the form of <see cref="TimeSpan"/>, such as <c>00:20:00</c>.</summary>
    public CollectionAgeLimitAttribute(string inactivityPeriod) =>
        _limit = TimeSpan.Parse(inactivityPeriod, CultureInfo.InvariantCulture);

    /// <summary>Days to add to the limit.</summary>
    public double Days { get; set; }

    /// <summary>Hours to add to the limit.</summary>
    public double Hours { get; set; }

    /// <summary>Minutes to add to the limit.</summary>
    public double Minutes { get; set; }

    /// <summary>True if activations are never collected.</summary>
    public bool AlwaysActive { get; set; }

    /// <summary>The limit, at least <see cref="MinAgeLimit"/>.</summary>
    public TimeSpan AgeLimit
    {
        get
        {
            if (AlwaysActive) return TimeSpan.FromDays(short.MaxValue);
            var span = _limit ?? TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes);
            return span > MinAgeLimit ? span : MinAgeLimit;
        }
    }
}

/// <summary>The time a caller of this method waits for its answer, instead of the configured one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    /// <summary>The time-out, written in the form of <see cref="TimeSpan"/>.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}
