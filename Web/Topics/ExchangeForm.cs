using System.Globalization;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Web.Topics;

/// <summary>The settings of an exchange as a person types them: sizes in MiB, spans as 1h 30m, filters a line each.</summary>
internal sealed class ExchangeForm
{
    private const double Mebibyte = 1 << 20;

    public string Name { get; set; } = "";
    public string Filters { get; set; } = "";
    public int RingMessages { get; set; }
    public double RingMebibytes { get; set; }
    public string RingAge { get; set; } = "";
    public string MemoryAge { get; set; } = "";
    public FullOperation WhenFull { get; set; }
    public int DropCount { get; set; }
    public string BlockDeadline { get; set; } = "";
    public MessageDurability Durability { get; set; }
    public double StreamMebibytes { get; set; }
    public string Folder { get; set; } = "";
    public long FileRows { get; set; }
    public double FileMebibytes { get; set; }
    public int RowGroupRows { get; set; }
    public FileCompression Compression { get; set; }
    public string EncryptionKey { get; set; } = "";
    public double ArchiveMebibytes { get; set; }
    public string ArchiveAge { get; set; } = "";
    public int? ArchiveFiles { get; set; }

    // What the form does not show stays as it was.
    private ExchangeSettings before = new() { Filters = [] };

    /// <summary>A form that shows settings.</summary>
    public static ExchangeForm Of(string name, ExchangeSettings settings) => new()
    {
        before = settings,
        Name = name,
        Filters = string.Join('\n', settings.Filters),
        RingMessages = settings.RingMessages,
        RingMebibytes = settings.RingBytes / Mebibyte,
        RingAge = Say(settings.RingAge),
        MemoryAge = Say(settings.MemoryAge),
        WhenFull = settings.WhenFull,
        DropCount = settings.DropCount,
        BlockDeadline = Say(settings.BlockDeadline),
        Durability = settings.Durability,
        StreamMebibytes = settings.StreamBytes / Mebibyte,
        Folder = settings.Folder ?? "",
        FileRows = settings.FileRows,
        FileMebibytes = settings.FileBytes / Mebibyte,
        RowGroupRows = settings.RowGroupRows,
        Compression = settings.Compression,
        EncryptionKey = settings.EncryptionKey ?? "",
        ArchiveMebibytes = settings.ArchiveBytes / Mebibyte,
        ArchiveAge = Say(settings.ArchiveAge),
        ArchiveFiles = settings.ArchiveFiles,
    };

    /// <summary>The settings that the form says.</summary>
    /// <exception cref="ArgumentException">A span of time cannot be understood; the message says which.</exception>
    public ExchangeSettings ToSettings() => before with
    {
        Filters = Filters.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        RingMessages = RingMessages,
        RingBytes = Bytes(RingMebibytes),
        RingAge = Span(RingAge, "Write a file after at most") ?? throw new ArgumentException("'Write a file after at most' must be given, such as 1m."),
        MemoryAge = Span(MemoryAge, "Leave memory after"),
        WhenFull = WhenFull,
        DropCount = DropCount,
        BlockDeadline = Span(BlockDeadline, "Hold publishers back for") ?? before.BlockDeadline,
        Durability = Durability,
        StreamBytes = Bytes(StreamMebibytes),
        Folder = Text(Folder),
        FileRows = FileRows,
        FileBytes = Bytes(FileMebibytes),
        RowGroupRows = RowGroupRows,
        Compression = Compression,
        EncryptionKey = Text(EncryptionKey),
        ArchiveBytes = Bytes(ArchiveMebibytes),
        ArchiveAge = Span(ArchiveAge, "Keep files for"),
        ArchiveFiles = ArchiveFiles,
    };

    /// <summary>A span by its units: <c>1d 12h</c>, <c>90s</c>, <c>250ms</c>; empty for none.</summary>
    public static string Say(TimeSpan? span)
    {
        if (span is not { } value) return "";
        (long Count, string Unit)[] parts =
        [
            (value.Days, "d"), (value.Hours, "h"), (value.Minutes, "m"), (value.Seconds, "s"), (value.Milliseconds, "ms"),
        ];
        var said = parts.Where(part => part.Count != 0).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count}{part.Unit}"));
        return string.Join(' ', said) is { Length: > 0 } text ? text : "0s";
    }

    /// <summary>Reads what <see cref="Say"/> writes; null where it is empty.</summary>
    public static TimeSpan? Span(string text, string what)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var sum = TimeSpan.Zero;
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var unit = part.TrimStart([.. "0123456789."]);
            if (!double.TryParse(part[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count > 1e6)
                throw NoSpan(text, what);
            sum += unit switch
            {
                "d" => TimeSpan.FromDays(count),
                "h" => TimeSpan.FromHours(count),
                "m" => TimeSpan.FromMinutes(count),
                "s" => TimeSpan.FromSeconds(count),
                "ms" => TimeSpan.FromMilliseconds(count),
                _ => throw NoSpan(text, what),
            };
        }
        return sum;
    }

    private static ArgumentException NoSpan(string text, string what) =>
        new($"'{what}' must be a span of time such as 30s, 10m or 1d 12h, but is '{text}'.");

    private static long Bytes(double mebibytes) => (long)Math.Clamp(mebibytes * Mebibyte, long.MinValue / 2, long.MaxValue / 2);

    private static string? Text(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
