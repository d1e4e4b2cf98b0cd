namespace Weir.Grains;

/// <summary>Where the grains of a site keep what they must not forget.</summary>
public static class SiteStorage
{
    /// <summary>Name of the grain storage that a host has to register.</summary>
    public const string Name = "weir";
}
