using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Archive.Duck;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>What an exchange is built on; many exchanges share it.</summary>
public sealed record ExchangeServices
{
    /// <summary>Keeps the exchange's stream.</summary>
    public required IStreamStore Store { get; init; }

    /// <summary>Reads and writes the exchange's files.</summary>
    public required DuckDatabase Duck { get; init; }

    /// <summary>Below this lies a folder for each exchange, named after it.</summary>
    public required string Folder { get; init; }

    /// <summary>The keys with which files are encrypted.</summary>
    public EncryptionKeys Keys { get; init; } = EncryptionKeys.FromEnvironment;

    /// <summary>The scope of the streams.</summary>
    public string Scope { get; init; } = "exchanges";

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The log.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Called at each step of making a file, so that tests can look at the disk in between.</summary>
    internal Func<ArchiveStep, Task>? StepReached { get; init; }
}
