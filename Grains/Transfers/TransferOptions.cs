using Microsoft.Extensions.Options;

namespace Weir.Grains.Transfers;

/// <summary>Limits of searches and of files that travel over MQTT.</summary>
public sealed class TransferOptions
{
    /// <summary>Where files are kept while they travel, and after they have come.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Largest file that is taken, in bytes. Default 1 GiB.</summary>
    public long MaxFileBytes { get; set; } = 1L << 30;

    /// <summary>Most bytes of files that have come or are coming. Default 10 GiB.</summary>
    public long QuotaBytes { get; set; } = 10L << 30;

    /// <summary>Files of one client that may be coming at one time. Default 16.</summary>
    public int MaxOpenFilesPerClient { get; set; } = 16;

    /// <summary>Files that may be coming at one time. Default 256.</summary>
    public int MaxOpenFiles { get; set; } = 256;

    /// <summary>How long a file that is not finished is kept after its newest piece. Default a day.</summary>
    public TimeSpan UnfinishedAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a file that has come is kept; null, the default, for ever.</summary>
    public TimeSpan? ReceivedAge { get; set; }

    /// <summary>Searches that run at one time. Default 4.</summary>
    public int MaxSearches { get; set; } = 4;

    /// <summary>Searches that one client may ask for in five seconds. Default 5.</summary>
    public int SearchesPerClient { get; set; } = 5;

    /// <summary>Most bytes a second of one search, whatever it asks for. Default 8 MiB.</summary>
    public long SearchBytesPerSecond { get; set; } = 8L << 20;

    /// <summary>Most bytes of files that searches have ready for sending. Default 4 GiB.</summary>
    public long StageBytes { get; set; } = 4L << 30;

    /// <summary>How long such a file stays after its search, so that sending can be taken up again. Default an hour.</summary>
    public TimeSpan StagedAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of one segment of a file. Default 128 KiB.</summary>
    public int SegmentBytes { get; set; } = 128 << 10;

    /// <summary>The sites to which files can be sent, by the name that a search gives.</summary>
    public IDictionary<string, TransferParent> Parents { get; } = new Dictionary<string, TransferParent>(StringComparer.Ordinal);
}

/// <summary>A site above this one, whose broker takes files.</summary>
public sealed class TransferParent
{
    /// <summary>Its broker's name or address.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its broker's port. Default 1883.</summary>
    public int Port { get; set; } = 1883;

    /// <summary>Whether TLS is spoken. Default false.</summary>
    public bool Tls { get; set; }

    /// <summary>The client identifier; files that were begun are known to the parent under it, so it must stay the same. Null for one made of the parent's name and this machine's.</summary>
    public string? ClientId { get; set; }

    /// <summary>The user name; null for none.</summary>
    public string? UserName { get; set; }

    /// <summary>The password; null for none.</summary>
    public string? Password { get; set; }
}

/// <summary>Says what is wrong with the options, one sentence each.</summary>
internal sealed class TransferOptionsValidator : IValidateOptions<TransferOptions>
{
    public ValidateOptionsResult Validate(string? name, TransferOptions options)
    {
        List<string> faults = [];
        Check(nameof(options.MaxFileBytes), options.MaxFileBytes, 1, 1L << 40);
        Check(nameof(options.QuotaBytes), options.QuotaBytes, 1, 1L << 50);
        Check(nameof(options.MaxOpenFilesPerClient), options.MaxOpenFilesPerClient, 1, 100_000);
        Check(nameof(options.MaxOpenFiles), options.MaxOpenFiles, 1, 100_000);
        Check(nameof(options.MaxSearches), options.MaxSearches, 1, 1_000);
        Check(nameof(options.SearchesPerClient), options.SearchesPerClient, 1, 1_000_000);
        Check(nameof(options.SearchBytesPerSecond), options.SearchBytesPerSecond, 1_024, 1L << 40);
        Check(nameof(options.StageBytes), options.StageBytes, 1, 1L << 50);
        Check(nameof(options.SegmentBytes), options.SegmentBytes, 1_024, 1 << 20);
        Seconds(nameof(options.UnfinishedAge), options.UnfinishedAge, 1);
        Seconds(nameof(options.StagedAge), options.StagedAge, 0);
        if (options.ReceivedAge is { } age) Seconds(nameof(options.ReceivedAge), age, 1);
        foreach (var (parent, settings) in options.Parents)
        {
            if (settings.Host.Length == 0) faults.Add($"transfers: Parents:{parent}:Host must name the parent's broker, but is empty.");
            Check($"Parents:{parent}:Port", settings.Port, 1, 65_535);
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(string option, long value, long least, long most)
        {
            if (value < least || value > most) faults.Add($"transfers: {option} must be between {least:N0} and {most:N0}, but is {value:N0}.");
        }

        void Seconds(string option, TimeSpan value, long least)
        {
            if (value.TotalSeconds < least || value > TimeSpan.FromDays(3_660)) faults.Add($"transfers: {option} must be between {least} s and 3,660 days, but is {value}.");
        }
    }
}
