using Microsoft.Extensions.Options;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Sites;

/// <summary>
/// What the data folder holds, part by part. Walking it takes a while where there are many files, so an answer is
/// good for some seconds. May be called from any thread.
/// </summary>
internal sealed class DiskUsage(IOptions<SiteOptions> options, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(10);
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    private readonly Lock gate = new();
    private DiskStatus? known;
    private long knownAt;

    public DiskStatus Read()
    {
        lock (gate)
        {
            if (known is null || time.GetElapsedTime(knownAt) > GoodFor)
            {
                known = Measure(options.Value.DataFolder);
                knownAt = time.GetTimestamp();
            }
            return known;
        }
    }

    private static DiskStatus Measure(string folder)
    {
        var directory = new DirectoryInfo(folder);
        var drive = new DriveInfo(directory.FullName);
        // What lies in the folder itself is the database with its log.
        var parts = directory.EnumerateDirectories()
            .Select(part => new DiskPart(part.Name, Size(part)))
            .Append(new DiskPart("database", directory.EnumerateFiles().Sum(Length)))
            .OrderBy(part => part.Name, StringComparer.Ordinal)
            .ToList();
        return new DiskStatus(
            directory.FullName, parts.Sum(part => part.Bytes), drive.AvailableFreeSpace, drive.TotalSize, parts);
    }

    private static long Size(DirectoryInfo part) => part.EnumerateFiles("*", Everything).Sum(Length);

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0; // Rolled, archived or truncated since it was listed.
        }
    }
}
