using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Receiving;

/// <summary>What a client says of a file before it sends it (EMQX's file transfer, command <c>init</c>).</summary>
internal sealed record FileInit
{
    private const int MaxNameBytes = 240;

    /// <summary>Its name.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";

    /// <summary>Its size; null where it is not known yet.</summary>
    [JsonPropertyName("size")] public long? Size { get; init; }

    /// <summary>Its SHA-256; null where it is not known yet.</summary>
    [JsonPropertyName("checksum")] public string? Checksum { get; init; }

    /// <summary>When it is of no use any more, in seconds since 1970; null for never.</summary>
    [JsonPropertyName("expire_at")] public long? ExpireAt { get; init; }

    /// <summary>How long its pieces are to be kept while it is not finished, in seconds.</summary>
    [JsonPropertyName("segments_ttl")] public long? SegmentsTtl { get; init; }

    /// <summary>Whatever else the client wants to be kept with it.</summary>
    [JsonPropertyName("user_data")] public JsonElement? UserData { get; init; }

    /// <exception cref="FileTransferException">It is none, or not allowed.</exception>
    public static FileInit Parse(ReadOnlySpan<byte> payload, TransferOptions limits, DateTimeOffset now)
    {
        FileInit init;
        try
        {
            init = JsonSerializer.Deserialize<FileInit>(payload) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new FileTransferException(ReasonCode.PayloadFormatInvalid, $"The payload of init must be a JSON object with at least a name: {error.Message}");
        }
        if (init.Name.Length == 0) throw Refused("The file needs a name.");
        if (Encoding.UTF8.GetByteCount(init.Name) > MaxNameBytes) throw Refused($"A file's name may have {MaxNameBytes} bytes.");
        if (init.Name is "." or ".." || init.Name.Any(character => character is '/' or '\\' || char.IsControl(character)))
            throw Refused($"A file's name must not be '.' or '..', nor have a slash, a backslash or a control character in it, but is '{init.Name}'.");
        if (init.Size is < 0) throw Refused($"A file's size must not be negative, but is {init.Size}.");
        if (init.Size > limits.MaxFileBytes)
            throw new FileTransferException(ReasonCode.QuotaExceeded, $"A file may have {limits.MaxFileBytes:N0} bytes, but this has {init.Size:N0}.");
        if (init.Checksum is { } checksum && (checksum.Length != 64 || !checksum.All(char.IsAsciiHexDigit)))
            throw Refused("A checksum is SHA-256 in 64 hexadecimal digits.");
        if (init.ExpireAt <= now.ToUnixTimeSeconds()) throw Refused("The file has expired already (expire_at).");
        if (init.SegmentsTtl is <= 0) throw Refused("segments_ttl must be above zero.");
        return init with { Checksum = init.Checksum?.ToLowerInvariant() };
    }

    /// <summary>Whether another one speaks of the same file, so that a repeated command changes nothing.</summary>
    public bool IsSameAs(FileInit other) => Name == other.Name && Size == other.Size && Checksum == other.Checksum;

    private static FileTransferException Refused(string why) => new(ReasonCode.ImplementationSpecificError, why);
}

/// <summary>A command that cannot be carried out; the message says why.</summary>
internal sealed class FileTransferException(ReasonCode reason, string message) : Exception(message)
{
    public ReasonCode Reason => reason;
}
