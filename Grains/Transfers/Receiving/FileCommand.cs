using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Weir.Mqtt;

namespace Weir.Grains.Transfers.Receiving;

/// <summary>What a client wants done with a file.</summary>
internal enum FileVerb
{
    /// <summary>To begin; the payload is JSON.</summary>
    Init,

    /// <summary>To take a piece; the payload is its bytes.</summary>
    Segment,

    /// <summary>To finish.</summary>
    Fin,

    /// <summary>To forget it.</summary>
    Abort,
}

/// <summary>
/// A command of EMQX's file transfer over MQTT, as its topic says it: <c>$file/ID/init</c>,
/// <c>$file/ID/OFFSET[/SHA256]</c>, <c>$file/ID/fin/SIZE[/SHA256]</c>, <c>$file/ID/abort</c>; the same below
/// <c>$file-async</c>, where the answer comes as a message and not as the reason of PUBACK.
/// </summary>
/// <param name="Id">The client's own name of the transfer.</param>
/// <param name="Verb">What is to be done.</param>
/// <param name="Number">The offset, or the size.</param>
/// <param name="Checksum">SHA-256 in lower-case hexadecimal; null where there is none.</param>
internal sealed record FileCommand(string Id, FileVerb Verb, long Number, string? Checksum)
{
    private const string Sync = "$file";
    private const string Async = "$file-async";
    private const int MaxIdLength = 256;
    private const int ChecksumLength = 64;

    public static bool IsOne(Topic topic) => topic.Levels[0] is Sync or Async;

    public static bool IsAsync(string topic) => topic.StartsWith(Async + "/", StringComparison.Ordinal);

    public static bool TryParse(string topic, [NotNullWhen(true)] out FileCommand? command, [NotNullWhen(false)] out string? fault)
    {
        command = null;
        var levels = topic.Split('/');
        if (levels.Length < 3 || levels[1].Length is 0 or > MaxIdLength)
        {
            fault = $"A command is $file/ID/init, $file/ID/OFFSET[/SHA256], $file/ID/fin/SIZE[/SHA256] or $file/ID/abort, with an ID of 1 to {MaxIdLength} characters.";
            return false;
        }
        var rest = levels[2..];
        (FileVerb Verb, string? Number, string? Checksum)? parsed = rest switch
        {
            ["init"] => (FileVerb.Init, null, null),
            ["abort"] => (FileVerb.Abort, null, null),
            ["fin", var size] => (FileVerb.Fin, size, null),
            ["fin", var size, var checksum] => (FileVerb.Fin, size, checksum),
            [var offset] => (FileVerb.Segment, offset, null),
            [var offset, var checksum] => (FileVerb.Segment, offset, checksum),
            _ => null,
        };
        var number = 0L;
        if (parsed is not { } found || (found.Number is not null && !long.TryParse(found.Number, NumberStyles.None, CultureInfo.InvariantCulture, out number)))
        {
            fault = $"'{string.Join('/', rest)}' is no command: init, OFFSET[/SHA256], fin/SIZE[/SHA256] or abort is.";
            return false;
        }
        if (found.Checksum is { } given && (given.Length != ChecksumLength || !given.All(char.IsAsciiHexDigit)))
        {
            fault = $"A checksum is SHA-256 in {ChecksumLength} hexadecimal digits, but this is '{given}'.";
            return false;
        }
        fault = null;
        command = new FileCommand(levels[1], found.Verb, number, found.Checksum?.ToLowerInvariant());
        return true;
    }
}

/// <summary>What became of a command.</summary>
/// <param name="Reason">Success, or below which reason of MQTT 5 it falls.</param>
/// <param name="Description">The same in a sentence.</param>
internal sealed record FileVerdict(ReasonCode Reason, string Description)
{
    public static readonly FileVerdict Success = new(ReasonCode.Success, "success");
}
