using System.Globalization;

namespace Weir.Archive;

/// <summary>What a statement of SQL over an exchange's history may take.</summary>
public sealed record SqlLimits
{
    /// <summary>Longest it may take; 100 ms to 10 minutes.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most memory, in bytes; 64 MiB to 64 GiB. Nothing is put on disk beyond it.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>Most rows of the answer, 1 to 100,000; what is beyond is cut off, and the answer says so.</summary>
    public int Rows { get; init; } = 1_000;

    /// <summary>Most bytes of the answer as text; at least 1.</summary>
    public long AnswerBytes { get; init; } = 16L << 20;

    /// <summary>Threads, 1 to 64.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Only messages from this time on, in microseconds since 1970-01-01 UTC: fewer files are opened.</summary>
    public long FromMicros { get; init; }

    /// <summary>Only messages before this time.</summary>
    public long ToMicros { get; init; } = long.MaxValue;

    internal void Validate()
    {
        if (Time < TimeSpan.FromMilliseconds(100) || Time > TimeSpan.FromMinutes(10)) throw Wrong($"time must be between 00:00:00.1 and 00:10:00, but is {Time}");
        if (MemoryBytes is < 64L << 20 or > 64L << 30) throw Wrong($"memory must be between {64L << 20:N0} and {64L << 30:N0} bytes, but is {MemoryBytes:N0}");
        if (Rows is < 1 or > 100_000) throw Wrong($"rows must be between 1 and 100,000, but is {Rows:N0}");
        if (AnswerBytes < 1) throw Wrong($"the answer's bytes must be at least 1, but are {AnswerBytes:N0}");
        if (Threads is < 1 or > 64) throw Wrong($"threads must be between 1 and 64, but are {Threads}");
        if (FromMicros < 0 || ToMicros < FromMicros) throw Wrong($"to must not be before from ({FromMicros}), nor from negative, but to is {ToMicros}");
    }

    private static ArgumentException Wrong(FormattableString problem) => new($"sql: {problem.ToString(CultureInfo.InvariantCulture)}.");
}

/// <summary>How a column of an answer is to be shown.</summary>
public enum SqlKind
{
    /// <summary>As text; bytes as Base64.</summary>
    Text,

    /// <summary>A number; its text has all its digits.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,
}

/// <summary>A column of an answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How it is to be shown.</param>
public sealed record SqlColumn(string Name, SqlKind Kind);

/// <summary>The answer to a statement.</summary>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows: a text for each column, or null.</param>
/// <param name="IsCut">Whether there are more rows than the limits allow.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record SqlAnswer(IReadOnlyList<SqlColumn> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows, bool IsCut, TimeSpan Elapsed);
