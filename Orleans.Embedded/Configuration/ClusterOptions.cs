namespace Orleans.Configuration;

/// <summary>The names of the cluster.</summary>
public class ClusterOptions
{
    /// <summary>The cluster's name if none is set.</summary>
    public const string DefaultClusterId = "default";

    /// <summary>The service's name if none is set.</summary>
    public const string DefaultServiceId = "default";

    /// <summary>The name of the cluster, which may change with a deployment.</summary>
    public string ClusterId { get; set; } = DefaultClusterId;

    /// <summary>The name of the service, which stays: stores may use it in their keys.</summary>
    public string ServiceId { get; set; } = DefaultServiceId;
}

/// <summary>The silo.</summary>
public class SiloOptions
{
    /// <summary>The silo's name; by default <c>Silo_</c> and the host's name.</summary>
    public string? SiloName { get; set; }
}
