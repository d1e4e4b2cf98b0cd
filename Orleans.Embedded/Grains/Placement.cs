using Orleans.Runtime;

namespace Orleans.Placement
{
    /// <summary>The base of attributes that say where grains live. On the one silo there is one place for all.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class PlacementAttribute : Attribute
    {
        /// <summary>An attribute for that strategy.</summary>
        protected PlacementAttribute(PlacementStrategy placement)
        {
            ArgumentNullException.ThrowIfNull(placement);
            PlacementStrategy = placement;
        }

        /// <summary>The strategy.</summary>
        public PlacementStrategy PlacementStrategy { get; }
    }

    /// <summary>Grains of this class live on the silo of their first caller, if it can host them.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class PreferLocalPlacementAttribute() : PlacementAttribute(new PreferLocalPlacement());

    /// <summary>Grains of this class live on any silo.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class RandomPlacementAttribute() : PlacementAttribute(new RandomPlacement());

    /// <summary>Grains of this class live on the silo that their identity's hash chooses.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class HashBasedPlacementAttribute() : PlacementAttribute(new HashBasedPlacement());
}

namespace Orleans.Runtime
{
    /// <summary>A way to choose the silo of a grain.</summary>
    public abstract class PlacementStrategy
    {
        /// <summary>A strategy.</summary>
        protected PlacementStrategy()
        {
        }
    }

    internal sealed class PreferLocalPlacement : PlacementStrategy;

    internal sealed class RandomPlacement : PlacementStrategy;

    internal sealed class HashBasedPlacement : PlacementStrategy;

    internal sealed class StatelessWorkerPlacement : PlacementStrategy;
}
