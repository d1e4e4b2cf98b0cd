using System.Globalization;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Orleans.TestingHost;

/// <summary>
/// Sets up a cluster for tests. The embedded runtime's cluster is one silo, so there is no constructor without a count:
/// Orleans' own means two.
/// </summary>
public sealed class InProcessTestClusterBuilder
{
    /// <summary>A cluster of that many silos: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another count.</exception>
    public InProcessTestClusterBuilder(short initialSilosCount)
    {
        if (initialSilosCount != 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(initialSilosCount), initialSilosCount,
                "the embedded runtime's cluster is one silo; build with OrleansRuntime=Microsoft for several");
        }

        Options = new InProcessTestClusterOptions { InitialSilosCount = initialSilosCount };
    }

    /// <summary>The options.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>Adds something to the set-up of each silo.</summary>
    public InProcessTestClusterBuilder ConfigureSilo(
        Action<InProcessTestSiloSpecificOptions, ISiloBuilder> configureSiloDelegate) =>
        ConfigureSiloHost((options, host) => host.UseOrleans(silo => configureSiloDelegate(options, silo)));

    /// <summary>Adds something to the set-up of each silo's host.</summary>
    public InProcessTestClusterBuilder ConfigureSiloHost(
        Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder> configureSiloHostDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureSiloHostDelegate);
        Options.SiloHostConfigurationDelegates.Add(configureSiloHostDelegate);
        return this;
    }

    /// <summary>Adds something to the set-up of each host.</summary>
    public InProcessTestClusterBuilder ConfigureHost(Action<IHostApplicationBuilder> configureDelegate) =>
        ConfigureSiloHost((_, host) => configureDelegate(host));

    /// <summary>The cluster, not started yet.</summary>
    public InProcessTestCluster Build() => new(Options);

    /// <summary>A name for a cluster that no other has.</summary>
    public static string CreateClusterId() => string.Create(
        CultureInfo.InvariantCulture, $"testcluster-{DateTime.UtcNow:yyyy-MM-dd'T'HH-mm-ss}-{Guid.NewGuid():N}");
}

/// <summary>Options of a cluster for tests.</summary>
public sealed class InProcessTestClusterOptions
{
    /// <summary>The cluster's name.</summary>
    public string ClusterId { get; set; } = InProcessTestClusterBuilder.CreateClusterId();

    /// <summary>The service's name.</summary>
    public string ServiceId { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>How many silos are started: 1.</summary>
    public short InitialSilosCount { get; set; } = 1;

    /// <summary>True if each silo writes a log to <c>logs/&lt;cluster&gt;/&lt;silo&gt;.log</c>.</summary>
    public bool ConfigureFileLogging { get; set; } = true;

    /// <summary>True if the cluster has a client from its start on, or else from <see cref="InProcessTestCluster.InitializeClientAsync()"/> on.</summary>
    public bool InitializeClientOnDeploy { get; set; } = true;

    /// <summary>The set-up of each silo's host.</summary>
    public List<Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder>> SiloHostConfigurationDelegates { get; } = [];
}

/// <summary>What differs from silo to silo.</summary>
public sealed class InProcessTestSiloSpecificOptions
{
    /// <summary>The silo's name.</summary>
    public string SiloName { get; set; } = "";
}
