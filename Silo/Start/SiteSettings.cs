namespace Weir.Silo.Start;

/// <summary>What a process of a site is for.</summary>
internal enum SiteRole
{
    /// <summary>A silo with cameras, broker, exchanges and dashboard.</summary>
    Edge,

    /// <summary>A silo without cameras: it needs neither ffmpeg nor a model.</summary>
    Cloud,

    /// <summary>Dashboard and HTTP API only, as a client of a cluster: no grains, no broker, no cameras.</summary>
    Dashboard,
}

/// <summary>
/// What the configuration says, below <c>Weir</c>: a JSON file (<c>--config</c>), over which environment variables go
/// (<c>Weir__Cluster__ClusterId</c>).
/// </summary>
internal sealed class SiteSettings
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Weir";

    /// <summary>What this process is for.</summary>
    public SiteRole Role { get; set; } = SiteRole.Edge;

    /// <summary>The cluster it belongs to.</summary>
    public ClusterSettings Cluster { get; set; } = new();

    /// <summary>Where exchanges keep their Parquet files; null for <c>archive</c> in the data folder. All silos of a site must see the same.</summary>
    public string? ArchiveFolder { get; set; }

    /// <summary>Where the keys lie with which exchanges encrypt their files; null for <c>encryption-keys</c> in the data folder.</summary>
    public string? EncryptionKeyFolder { get; set; }

    /// <summary>The configuration of a program that is no host: the file, and environment variables over it.</summary>
    /// <exception cref="CannotStartException">The file is no JSON.</exception>
    public static IConfiguration ReadConfiguration(FileInfo? file) => AddTo(new ConfigurationManager(), file);

    /// <summary>Adds the configuration file, and environment variables over it.</summary>
    /// <exception cref="CannotStartException">The file is no JSON.</exception>
    public static ConfigurationManager AddTo(ConfigurationManager configuration, FileInfo? file)
    {
        try
        {
            if (file is not null) configuration.AddJsonFile(file.FullName, optional: false);
            configuration.AddEnvironmentVariables();
            return configuration;
        }
        catch (InvalidDataException e)
        {
            throw new CannotStartException($"The configuration file '{file?.FullName}' is no JSON. {e.InnerException?.Message}".TrimEnd());
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="CannotStartException">A value is none of its kind; the message says which.</exception>
    public static SiteSettings Read(IConfiguration configuration)
    {
        try
        {
            return configuration.GetSection(Section).Get<SiteSettings>() ?? new SiteSettings();
        }
        catch (InvalidOperationException e)
        {
            // Its message names the key; that of its cause says what is wrong with the value.
            throw new CannotStartException($"The configuration cannot be read. {e.Message} {e.InnerException?.Message}".TrimEnd());
        }
    }
}

/// <summary>A cluster: the silos of a site that are several.</summary>
internal sealed class ClusterSettings
{
    /// <summary>Where Orleans' silos listen for each other unless told otherwise.</summary>
    public const int DefaultSiloPort = 11111;

    /// <summary>Where Orleans' silos listen for clients unless told otherwise.</summary>
    public const int DefaultGatewayPort = 30000;

    /// <summary>Its name; null where the site is one silo. Silos of one name form one cluster.</summary>
    public string? ClusterId { get; set; }

    /// <summary>The name under which Orleans knows the site for good, also when a new cluster takes its place.</summary>
    public string ServiceId { get; set; } = "weir";

    /// <summary>Where other silos reach this one; null for <see cref="DefaultSiloPort"/> in a cluster, and for any free port in a site of one silo.</summary>
    public int? SiloPort { get; set; }

    /// <summary>Where clients, such as a dashboard, reach this silo; null for <see cref="DefaultGatewayPort"/> in a cluster, and for any free port in a site of one silo.</summary>
    public int? GatewayPort { get; set; }

    /// <summary>The IP address on which others reach this silo, and on which it listens for them.</summary>
    public string AdvertisedAddress { get; set; } = "127.0.0.1";

    /// <summary>Whether there is one.</summary>
    public bool IsConfigured => !string.IsNullOrEmpty(ClusterId);
}
