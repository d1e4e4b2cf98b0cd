namespace Orleans;

/// <summary>The way from outside grains to grains; in the host of the silo it comes from dependency injection.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>The services of the host.</summary>
    IServiceProvider ServiceProvider { get; }
}
