using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Weir.Archive;

/// <summary>What the files of an archive hold together.</summary>
internal readonly record struct CatalogTotals(long Rows, long Bytes, int Files, MessageKey? First, MessageKey? Last);

/// <summary>
/// The files of one exchange, ordered by key; their names are the index. A gap is written before a file leaves, so
/// nothing is missing without a word. May be used from any thread.
/// </summary>
internal sealed class ArchiveCatalog
{
    // A file that could not be read is tried again after this.
    private static readonly TimeSpan UnreadableFor = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly GapList gaps;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly List<ArchiveEntry> entries = [];
    private long rows;
    private long bytes;

    private ArchiveCatalog(GapList gaps, TimeProvider time, ILogger logger)
    {
        this.gaps = gaps;
        this.time = time;
        this.logger = logger;
    }

    public CatalogTotals Totals
    {
        get
        {
            lock (gate)
            {
                return entries.Count == 0
                    ? default
                    : new CatalogTotals(rows, bytes, entries.Count, entries[0].File.First, entries[^1].File.Last);
            }
        }
    }

    /// <summary>
    /// Takes stock of folders after a start. What retention had let go of goes for good; what is missing becomes a gap,
    /// and what was missing and is there again is none any more.
    /// </summary>
    public static ArchiveCatalog Open(IReadOnlyList<string> folders, string exchange, GapList gaps, TimeProvider time, ILogger logger)
    {
        var catalog = new ArchiveCatalog(gaps, time, logger);
        foreach (var folder in folders.Where(Directory.Exists).SelectMany(WithDays))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*" + ArchiveFile.Extension))
            {
                if (!ArchiveFile.TryParse(Path.GetFileName(path), out var file) || file.Exchange != exchange)
                    ArchiveLog.ForeignFile(logger, path);
                else
                    catalog.TakeIn(new ArchiveEntry(folder, file), new FileInfo(path).Length);
            }
        }
        catalog.entries.Sort(static (left, right) => left.File.First.CompareTo(right.File.First));
        catalog.FindMissing();
        return catalog;
    }

    /// <summary>Adds a file that was just written; it is the newest.</summary>
    public void Add(string folder, ArchiveFile file)
    {
        var entry = new ArchiveEntry(folder, file);
        entry.MarkVerified();
        lock (gate)
        {
            entries.Add(entry);
            rows += file.Rows;
            bytes += file.Bytes;
        }
    }

    /// <summary>The files with keys between two, oldest first, held until each is released.</summary>
    public IReadOnlyList<ArchiveEntry> Hold(MessageKey first, MessageKey last)
    {
        lock (gate)
        {
            List<ArchiveEntry> held = [];
            for (var i = FirstEndingAtOrAfter(first); i < entries.Count && entries[i].File.First <= last; i++)
            {
                entries[i].Hold();
                held.Add(entries[i]);
            }
            return held;
        }
    }

    /// <summary>Lets go of the oldest files beyond what retention allows.</summary>
    /// <exception cref="IOException">The gap could not be written; nothing went then.</exception>
    public void Retain(RetentionOptions retention)
    {
        foreach (var (oldest, why) in ToGo(retention))
        {
            ArchiveLog.FileRetired(logger, oldest.File.Name, why);
            gaps.Add(new MessageGap(oldest.File.First, oldest.File.Last, oldest.File.Rows, MessageGapCause.Retention, time.GetUtcNow(), why));
            if (Remove(oldest)) oldest.Retire();
        }
    }

    /// <summary>What <see cref="Retain"/> would do.</summary>
    public RetentionPreview Preview(RetentionOptions retention)
    {
        var totals = Totals;
        var going = ToGo(retention).Select(going =>
            new RetiringFile(going.Entry.File.Name, going.Entry.File.First, going.Entry.File.Last, going.Entry.File.Rows, going.Entry.File.Bytes, going.Why)).ToList();
        return new RetentionPreview(
            going, totals.Files - going.Count, totals.Rows - going.Sum(file => file.Messages), totals.Bytes - going.Sum(file => file.Bytes));
    }

    /// <summary>
    /// Takes a file out of use: a damaged one under another name, for somebody to look into, with a gap that stays; one
    /// that only cannot be read just now for a while, with a gap that goes when it can be.
    /// </summary>
    public void SetAside(ArchiveEntry entry, ArchiveFileException reason)
    {
        ArchiveLog.FileSetAside(logger, entry.Path, reason.Message);
        if (reason.Cause == MessageGapCause.UnreadableFile)
        {
            entry.MarkUnreadable(reason.Message, time.GetUtcNow() + UnreadableFor);
            return;
        }
        if (!Remove(entry)) return;
        gaps.Add(new MessageGap(entry.File.First, entry.File.Last, entry.File.Rows, reason.Cause, time.GetUtcNow(), reason.Message));
        if (File.Exists(entry.Path)) PutAside(entry);
    }

    /// <summary>Whether a file that could not be read should not be tried yet.</summary>
    public bool IsUnreadable(ArchiveEntry entry) => entry.WhyUnreadable(time.GetUtcNow()) is not null;

    /// <summary>The files between two keys that cannot be read just now, as gaps.</summary>
    public IReadOnlyList<MessageGap> Unreadable(MessageKey first, MessageKey last)
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            List<MessageGap> found = [];
            for (var i = FirstEndingAtOrAfter(first); i < entries.Count && entries[i].File.First <= last; i++)
            {
                var file = entries[i].File;
                if (entries[i].WhyUnreadable(now) is { } why)
                    found.Add(new MessageGap(file.First, file.Last, file.Rows, MessageGapCause.UnreadableFile, now, why));
            }
            return found;
        }
    }

    /// <summary>Has all files tried again.</summary>
    public void LookAgain()
    {
        lock (gate) entries.ForEach(static entry => entry.LookAgain());
    }

    private static IEnumerable<string> WithDays(string folder) =>
        [folder, .. Directory.EnumerateDirectories(folder, ArchiveFile.DayPrefix + "*")];

    private static void PutAside(ArchiveEntry entry) =>
        File.Move(entry.Path, Path.ChangeExtension(entry.Path, null) + ArchiveFile.CorruptExtension, overwrite: true);

    private void TakeIn(ArchiveEntry entry, long size)
    {
        var file = entry.File;
        // The process ended between writing a gap and acting by it.
        if (gaps.HasLetGo(file.First.Sequence, file.Last.Sequence, MessageGapCause.Retention))
        {
            entry.Retire();
            return;
        }
        if (gaps.HasLetGo(file.First.Sequence, file.Last.Sequence, MessageGapCause.CorruptFile) && size != file.Bytes)
        {
            PutAside(entry);
            return;
        }
        gaps.Withdraw(file.First, file.Last, MessageGapCause.MissingFile);
        gaps.Withdraw(file.First, file.Last, MessageGapCause.CorruptFile);
        entries.Add(entry);
        rows += file.Rows;
        bytes += file.Bytes;
        if (size != file.Bytes)
            SetAside(entry, new ArchiveFileException($"The file '{file.Name}' should have {file.Bytes:N0} bytes, but has {size:N0}.", MessageGapCause.CorruptFile));
    }

    private void FindMissing()
    {
        for (var i = 1; i < entries.Count; i++)
        {
            ReportMissing(entries[i - 1].File.Last, entries[i].File.First);
        }
        if (entries.Count > 0 && entries[0].File.First.Sequence > 1) ReportMissing(default, entries[0].File.First);
    }

    /// <summary>Tells of sequences between two keys that no file, no stream and no gap knows.</summary>
    public void ReportMissing(MessageKey before, MessageKey after)
    {
        foreach (var (first, last) in gaps.Uncovered(before.Sequence + 1, after.Sequence - 1))
        {
            var missing = last - first + 1;
            var gap = new MessageGap(
                new MessageKey(before.TimestampMicros, first), new MessageKey(after.TimestampMicros, last), missing,
                MessageGapCause.MissingFile, time.GetUtcNow(),
                string.Create(CultureInfo.InvariantCulture, $"No file holds the {missing:N0} messages between {before} and {after}."));
            ArchiveLog.GapFound(logger, gap.Detail);
            gaps.Add(gap);
        }
    }

    private List<(ArchiveEntry Entry, string Why)> ToGo(RetentionOptions retention)
    {
        var now = MessageKeySource.Now(time);
        lock (gate)
        {
            List<(ArchiveEntry, string)> going = [];
            var (leftBytes, leftFiles) = (bytes, entries.Count);
            foreach (var entry in entries)
            {
                if (WhyToGo(entry.File, leftFiles, leftBytes, now, retention) is not { } why) break;
                going.Add((entry, why));
                leftFiles--;
                leftBytes -= entry.File.Bytes;
            }
            return going;
        }
    }

    private static string? WhyToGo(ArchiveFile file, int files, long bytes, long now, RetentionOptions retention)
    {
        if (files > retention.MaxFiles) return string.Create(CultureInfo.InvariantCulture, $"The archive keeps {retention.MaxFiles:N0} files.");
        if (bytes > retention.MaxBytes) return string.Create(CultureInfo.InvariantCulture, $"The archive keeps {retention.MaxBytes:N0} bytes.");
        var age = TimeSpan.FromMicroseconds(now - file.Last.TimestampMicros);
        return age > retention.MaxAge ? $"The archive keeps messages for {retention.MaxAge}." : null;
    }

    private bool Remove(ArchiveEntry entry)
    {
        lock (gate)
        {
            if (!entries.Remove(entry)) return false;
            rows -= entry.File.Rows;
            bytes -= entry.File.Bytes;
            return true;
        }
    }

    private int FirstEndingAtOrAfter(MessageKey key)
    {
        int low = 0, high = entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].File.Last < key) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
