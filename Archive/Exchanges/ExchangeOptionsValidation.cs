using System.Globalization;
using Weir.Archive.Encryption;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>Checks the options of an exchange.</summary>
public static class ExchangeOptionsValidation
{
    private const int MaxNameLength = 100;
    private const long MaxEncryptedRollBytes = 1L << 30;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>Says all that is wrong with the options, a sentence each; nothing where all is well.</summary>
    public static IReadOnlyList<string> Problems(this ExchangeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var found = new Sentences(options.Name);
        if (!StreamName.IsValid(options.Name) || options.Name.Length > MaxNameLength)
            found.Add($"name must have 1 to {MaxNameLength} characters out of letters, digits, '.' and '-', beginning with a letter or a digit");
        if (options.TopicFilters.Any(string.IsNullOrEmpty)) found.Add("topic-filters must not have an empty entry");

        found.Between("ring.capacity", options.Ring.Capacity, 1, 10_000_000);
        found.Between("ring.max-bytes", options.Ring.MaxBytes, 64L << 10, 64L << 30);
        found.Between("ring.max-age", options.Ring.MaxAge, TimeSpan.FromSeconds(1), Longest);
        if (!Enum.IsDefined(options.Ring.WhenFull))
            found.Add(string.Create(CultureInfo.InvariantCulture, $"ring.when-full must be spill, drop-oldest, reject or block, but is {(int)options.Ring.WhenFull}"));
        found.Between("ring.drop-count", options.Ring.DropCount, 1, 10_000_000);
        found.Between("ring.block-deadline", options.Ring.BlockDeadline, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
        found.Between("roll.max-rows", options.Roll.MaxRows, 1, 100_000_000);
        found.Between("roll.max-bytes", options.Roll.MaxBytes, 4L << 10, 16L << 30);
        found.Between("roll.max-age", options.Roll.MaxAge, TimeSpan.FromMilliseconds(100), Longest);
        found.Between("parquet.row-group-rows", options.Parquet.RowGroupRows, 2_048, 1_000_000);
        if (!Enum.IsDefined(options.Parquet.Compression))
            found.Add(string.Create(CultureInfo.InvariantCulture, $"parquet.compression must be zstd, snappy, gzip, lz4, brotli or none, but is {(int)options.Parquet.Compression}"));
        if (options.Parquet.EncryptionKey is { } key)
        {
            if (!EncryptionKeys.IsName(key))
                found.Add($"parquet.encryption-key must have 1 to {EncryptionKeys.MaxNameLength} characters out of letters, digits, '.' and '-', beginning with a letter or a digit, but is '{key}'");
            // An encrypted file is put together in memory, so that it never lies on the disk as it was before.
            if (options.Roll.MaxBytes > MaxEncryptedRollBytes)
                found.Add(string.Create(CultureInfo.InvariantCulture, $"roll.max-bytes must be at most {MaxEncryptedRollBytes:N0} where files are encrypted, but is {options.Roll.MaxBytes:N0}"));
            // The standard counts row groups in 16 bits.
            var mostRows = (long)ModulePlace.Most * options.Parquet.RowGroupRows;
            if (options.Roll.MaxRows > mostRows)
                found.Add(string.Create(CultureInfo.InvariantCulture, $"roll.max-rows must be at most {mostRows:N0} where files are encrypted in row groups of {options.Parquet.RowGroupRows:N0}, but is {options.Roll.MaxRows:N0}"));
        }
        if (options.Folder is { } folder && !Path.IsPathFullyQualified(folder)) found.Add($"folder must be a full path, such as /mnt/history, but is '{folder}'");
        found.AtLeast("retention.max-bytes", options.Retention.MaxBytes, 1L << 20);
        found.AtLeast("retention.max-files", options.Retention.MaxFiles, 1);
        if (options.Retention.MaxAge < TimeSpan.FromSeconds(1)) found.Add($"retention.max-age must be at least 00:00:01, but is {options.Retention.MaxAge}");
        foreach (var problem in options.Schema?.Problems() ?? []) found.Add(problem);
        found.Stream(options);
        return found.All;
    }

    /// <exception cref="ArgumentException">Something is wrong with the options; the message says all of it.</exception>
    internal static void Validate(this ExchangeOptions options)
    {
        if (options.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join("; ", problems) + ".");
    }

    private sealed class Sentences(string name)
    {
        private readonly List<string> all = [];

        public IReadOnlyList<string> All => all;

        public void Add(string sentence) => all.Add($"exchange '{name}': {sentence}");

        public void Between(string option, long value, long least, long most)
        {
            if (value < least || value > most)
                Add(string.Create(CultureInfo.InvariantCulture, $"{option} must be between {least:N0} and {most:N0}, but is {value:N0}"));
        }

        public void Between(string option, TimeSpan? value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most) Add($"{option} must be between {least} and {most}, but is {value}");
        }

        public void AtLeast(string option, long? value, long least)
        {
            if (value < least) Add(string.Create(CultureInfo.InvariantCulture, $"{option} must be at least {least:N0}, but is {value:N0}"));
        }

        public void Stream(ExchangeOptions options)
        {
            var stream = options.Stream;
            Between("stream.segment-bytes", stream.SegmentBytes, 64L << 10, 2L << 30);
            if (stream.MaxBytes < 2 * stream.SegmentBytes)
                Add(string.Create(CultureInfo.InvariantCulture, $"stream.max-bytes must be at least two segments ({2 * stream.SegmentBytes:N0} bytes), but is {stream.MaxBytes:N0}"));
            // The stream forgets by age without asking the archive, so the archive must be quicker.
            if (stream.MaxAge <= options.Roll.MaxAge)
                Add($"stream.max-age must be longer than roll.max-age ({options.Roll.MaxAge}), but is {stream.MaxAge}");
        }
    }
}
