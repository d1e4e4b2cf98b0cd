namespace Orleans.Runtime;

/// <summary>A part of the hash ring.</summary>
public interface IRingRange
{
    /// <summary>True if the place is in the range.</summary>
    bool InRange(uint value);

    /// <summary>True if the grain's place is in the range.</summary>
    bool InRange(GrainId grainId);
}

/// <summary>The whole ring: the one silo owns every queue.</summary>
internal sealed class FullRing : IRingRange
{
    public static FullRing Instance { get; } = new();

    public bool InRange(uint value) => true;

    public bool InRange(GrainId grainId) => true;
}
