using System.Globalization;
using System.Text.RegularExpressions;

namespace Weir.Archive;

/// <summary>A signal of a DBC file.</summary>
internal sealed record DbcSignal(string Name, BitLayout Bits, bool IsMultiplexer);

/// <summary>A message of a DBC file: one kind of CAN frame.</summary>
internal sealed record DbcMessage(uint Id, string Name, int Length, List<DbcSignal> Signals);

/// <summary>
/// What a DBC file (Vector's database of CAN) says of frames and their signals: BO_, SG_ with multiplexing, SIG_VALTYPE_
/// and SG_MUL_VAL_. All else in it is for people or tools.
/// </summary>
internal sealed partial class DbcFile
{
    /// <summary>Vector's name for signals that belong to no message.</summary>
    private const string NoMessage = "VECTOR__INDEPENDENT_SIG_MSG";

    private DbcFile(IReadOnlyList<DbcMessage> messages) => Messages = messages;

    public IReadOnlyList<DbcMessage> Messages { get; }

    /// <exception cref="FormatException">A line cannot be understood; the message says which.</exception>
    public static DbcFile Parse(string text)
    {
        List<DbcMessage> messages = [];
        DbcMessage? current = null;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.StartsWith("BO_ ", StringComparison.Ordinal)) messages.Add(current = ReadMessage(line, number));
            else if (line.StartsWith("SG_ ", StringComparison.Ordinal))
            {
                if (current is null) throw Wrong(number, "a signal (SG_) stands before the first message (BO_)");
                current.Signals.Add(ReadSignal(line, number, current));
            }
            else if (line.StartsWith("SIG_VALTYPE_ ", StringComparison.Ordinal)) ReadValueType(line, number, messages);
            else if (line.StartsWith("SG_MUL_VAL_ ", StringComparison.Ordinal)) ReadMultiplexRanges(line, number, messages);
        }
        messages.RemoveAll(message => message.Name == NoMessage);
        if (messages.Sum(message => message.Signals.Count) == 0) throw new FormatException("there is no message (BO_) with a signal (SG_) in it");
        return new DbcFile(messages);
    }

    private static DbcMessage ReadMessage(string line, int number)
    {
        var match = MessageLine().Match(line);
        if (!match.Success) throw Wrong(number, "a message is written 'BO_ ID NAME: LENGTH SENDER'");
        if (!uint.TryParse(match.Groups["id"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw Wrong(number, $"the identifier {match.Groups["id"].Value} has more than 32 bits");
        var length = int.Parse(match.Groups["length"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        if (length > 64 && match.Groups["name"].Value != NoMessage) throw Wrong(number, $"a frame has at most 64 bytes, but this has {length}");
        return new DbcMessage(id, match.Groups["name"].Value, length, []);
    }

    private static DbcSignal ReadSignal(string line, int number, DbcMessage message)
    {
        var match = SignalLine().Match(line);
        if (!match.Success) throw Wrong(number, "a signal is written 'SG_ NAME : START|LENGTH@ORDER SIGN (FACTOR,OFFSET) [MIN|MAX] \"UNIT\" RECEIVERS'");
        var bits = new BitLayout(Integer(match, "start"), Integer(match, "length"))
        {
            BigEndian = match.Groups["order"].Value == "0",
            Kind = match.Groups["sign"].Value == "-" ? BitKind.Signed : BitKind.Unsigned,
            Factor = Real(match, "factor", number),
            Addend = Real(match, "offset", number),
            Frame = message.Id,
        };
        var name = match.Groups["name"].Value;
        if (bits.Length is < 1 or > 64) throw Wrong(number, $"the signal '{name}' must have 1 to 64 bits, but has {bits.Length}");
        if (bits.Factor == 0) throw Wrong(number, $"the factor of the signal '{name}' is zero");
        if (message.Name != NoMessage && BitCodec.LastByte(bits) >= message.Length)
            throw Wrong(number, $"the signal '{name}' reaches over byte {BitCodec.LastByte(bits)}, but the message '{message.Name}' has {message.Length} bytes");
        if (message.Signals.Exists(other => other.Name == name)) throw Wrong(number, $"the message '{message.Name}' has two signals '{name}'");

        var multiplex = match.Groups["mux"].Value;
        if (match.Groups["value"].Success)
        {
            var value = long.Parse(match.Groups["value"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            // Which multiplexer it is stands in SG_MUL_VAL_ where there is more than one; until then it is the message's.
            bits = bits with { Multiplexer = "", MultiplexValues = [new MultiplexRange(value, value)] };
        }
        return new DbcSignal(name, bits, multiplex.EndsWith('M'));
    }

    private static void ReadValueType(string line, int number, List<DbcMessage> messages)
    {
        var match = ValueTypeLine().Match(line);
        if (!match.Success) throw Wrong(number, "a value type is written 'SIG_VALTYPE_ ID NAME : 0, 1 or 2;'");
        var (message, at) = Find(match, number, messages);
        var kind = match.Groups["type"].Value;
        if (kind == "0") return;
        var bits = message.Signals[at].Bits;
        if (bits.Length != (kind == "1" ? 32 : 64)) throw Wrong(number, $"the signal '{message.Signals[at].Name}' has {bits.Length} bits, which is no float of type {kind}");
        message.Signals[at] = message.Signals[at] with { Bits = bits with { Kind = BitKind.Float } };
    }

    private static void ReadMultiplexRanges(string line, int number, List<DbcMessage> messages)
    {
        var match = MultiplexLine().Match(line);
        if (!match.Success) throw Wrong(number, "multiplexed values are written 'SG_MUL_VAL_ ID NAME MULTIPLEXER FIRST-LAST, …;'");
        var (message, at) = Find(match, number, messages);
        var multiplexer = match.Groups["switch"].Value;
        if (!message.Signals.Exists(signal => signal.Name == multiplexer)) throw Wrong(number, $"the message '{message.Name}' has no signal '{multiplexer}'");
        var ranges = RangeText().Matches(match.Groups["ranges"].Value)
            .Select(range => new MultiplexRange(
                long.Parse(range.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture),
                long.Parse(range.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)))
            .ToList();
        message.Signals[at] = message.Signals[at] with { Bits = message.Signals[at].Bits with { Multiplexer = multiplexer, MultiplexValues = ranges } };
    }

    private static (DbcMessage Message, int Signal) Find(Match match, int number, List<DbcMessage> messages)
    {
        var (id, name) = (match.Groups["id"].Value, match.Groups["name"].Value);
        var message = messages.Find(candidate => candidate.Id.ToString(CultureInfo.InvariantCulture) == id)
            ?? throw Wrong(number, $"there is no message of the identifier {id}");
        var at = message.Signals.FindIndex(signal => signal.Name == name);
        return at >= 0 ? (message, at) : throw Wrong(number, $"the message '{message.Name}' has no signal '{name}'");
    }

    private static int Integer(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static decimal Real(Match match, string group, int number) =>
        decimal.TryParse(match.Groups[group].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong(number, $"the {group} '{match.Groups[group].Value}' is no number that fits");

    private static FormatException Wrong(int line, string why) => new($"line {line}: {why}");

    [GeneratedRegex(@"^BO_\s+(?<id>\d+)\s+(?<name>\w+)\s*:\s*(?<length>\d{1,5})\s+\S+")]
    private static partial Regex MessageLine();

    [GeneratedRegex(@"^SG_\s+(?<name>\w+)\s*(?<mux>M|m(?<value>\d{1,9})M?)?\s*:\s*(?<start>\d{1,4})\|(?<length>\d{1,4})@(?<order>[01])(?<sign>[+-])\s*\(\s*(?<factor>[^,\s]+)\s*,\s*(?<offset>[^)\s]+)\s*\)\s*\[[^\]]*\]")]
    private static partial Regex SignalLine();

    [GeneratedRegex(@"^SIG_VALTYPE_\s+(?<id>\d+)\s+(?<name>\w+)\s*:?\s*(?<type>[012])\s*;")]
    private static partial Regex ValueTypeLine();

    [GeneratedRegex(@"^SG_MUL_VAL_\s+(?<id>\d+)\s+(?<name>\w+)\s+(?<switch>\w+)\s+(?<ranges>[\d\s,-]+);")]
    private static partial Regex MultiplexLine();

    [GeneratedRegex(@"(\d{1,9})\s*-\s*(\d{1,9})")]
    private static partial Regex RangeText();
}

/// <summary>Makes columns of the signals of a DBC file: <c>Message_Signal</c>.</summary>
internal static class DbcFields
{
    /// <summary>The columns of all signals, or of those that are named, with the names and types they are given there.</summary>
    /// <exception cref="FormatException">A signal that is named is not there, or there are too many.</exception>
    public static IReadOnlyList<PayloadField> Select(DbcFile file, IReadOnlyList<PayloadField> wanted)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        List<PayloadField> all = [.. file.Messages.SelectMany(message => OfMessage(message, names))];
        var chosen = wanted.Where(field => field.Bits is null).ToList();
        if (chosen.Count > 0) all = Chosen(all, chosen);
        return all.Count <= PayloadSchemaValidation.MaxFields
            ? all
            : throw new FormatException($"it has {all.Count} signals, but {PayloadSchemaValidation.MaxFields} columns are the most; name those that are wanted as fields");
    }

    private static List<PayloadField> Chosen(List<PayloadField> all, List<PayloadField> chosen)
    {
        List<PayloadField> taken = [];
        foreach (var field in chosen)
        {
            var found = all.Find(candidate => candidate.Path == (field.Path ?? field.Name) || candidate.Name == field.Name)
                ?? throw new FormatException($"there is no signal '{field.Path ?? field.Name}'; signals are named Message.Signal");
            taken.Add(found with { Name = field.Name });
            // What decides on a signal must be read, too.
            for (var above = found.Bits!.Multiplexer; above is not null;)
            {
                var switching = all.First(candidate => candidate.Name == above);
                if (!taken.Exists(known => known.Path == switching.Path) && !chosen.Exists(other => (other.Path ?? other.Name) == switching.Path || other.Name == switching.Name))
                    taken.Add(switching);
                above = switching.Bits!.Multiplexer;
            }
        }
        // Names may have been given anew, so multiplexers are named by where they went.
        return [.. taken.Select(field => field.Bits!.Multiplexer is { } old
            ? field with { Bits = field.Bits with { Multiplexer = taken.First(other => other.Path == all.First(one => one.Name == old).Path).Name } }
            : field)];
    }

    private static IEnumerable<PayloadField> OfMessage(DbcMessage message, HashSet<string> names)
    {
        var columns = message.Signals.ToDictionary(signal => signal.Name, signal => Unique(PayloadSchemaValidation.ToName($"{message.Name}_{signal.Name}"), names));
        var main = message.Signals.Find(signal => signal.IsMultiplexer && signal.Bits.Multiplexer is null)?.Name;
        foreach (var signal in message.Signals)
        {
            var above = signal.Bits.Multiplexer is "" ? main : signal.Bits.Multiplexer;
            if (signal.Bits.Multiplexer is "" && above is null)
                throw new FormatException($"the signal '{message.Name}.{signal.Name}' is multiplexed, but the message has no multiplexer (M)");
            var bits = signal.Bits with { Multiplexer = above is null ? null : columns[above] };
            var (type, scale) = BitCodec.TypeOf(bits);
            yield return new PayloadField(columns[signal.Name], type) { Path = $"{message.Name}.{signal.Name}", Scale = scale, Bits = bits };
        }
    }

    private static string Unique(string name, HashSet<string> names)
    {
        for (var i = 2; !names.Add(name); i++) name = $"{name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimEnd('_')}_{i}";
        return name;
    }
}
