using System.CommandLine;
using Weir.Streams;
using Weir.Streams.SegmentLog.Files;

namespace Weir.Client.Streams;

/// <summary>
/// <c>weir streams</c>: looks at the files of a segment log from outside. Nothing is locked or changed, so the site may run.
/// </summary>
internal static class StreamsCommand
{
    /// <summary>Makes the command with its subcommands.</summary>
    public static Command Create() =>
        new("streams", "Looks at the streams of a segment log. The site that uses it may run: nothing is locked or changed.")
        {
            List(), Inspect(), Verify(), Dump(),
        };

    private static Command List()
    {
        var folder = Folder();
        var command = new Command("ls", "Lists the streams with their events, bytes, segments and readers.") { folder };
        command.SetAction(parsed => Run(parsed, folder, store =>
        {
            StreamReport.List(StreamFiles.List(store), parsed.InvocationConfiguration.Output);
            return true;
        }));
        return command;
    }

    private static Command Inspect()
    {
        var (folder, name) = (Folder(), Name());
        var command = new Command("inspect", "Tells how a stream is kept, who reads it, and what its segments hold.") { folder, name };
        command.SetAction(parsed => Run(parsed, folder, store =>
        {
            StreamReport.Inspect(Find(store, parsed.GetValue(name)!), parsed.InvocationConfiguration.Output);
            return true;
        }));
        return command;
    }

    private static Command Verify()
    {
        var folder = Folder();
        var name = new Argument<string?>("stream")
        {
            Description = "The stream, written scope/stream; all of them if it is left out.", Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("verify", "Reads every byte and checks every checksum; ends with 1 where something is damaged.") { folder, name };
        command.SetAction(parsed => Run(parsed, folder, store =>
        {
            var streams = parsed.GetValue(name) is { } one ? [Find(store, one)] : StreamFiles.List(store);
            return StreamReport.Verify(streams, parsed.InvocationConfiguration.Output);
        }));
        return command;
    }

    private static Command Dump()
    {
        var (folder, name) = (Folder(), Name());
        var from = new Option<long>("--from") { Description = "The offset of the first event.", DefaultValueFactory = _ => 0 };
        var since = new Option<DateTimeOffset?>("--since") { Description = "Leave out events before a time, such as 2026-01-31T12:00Z." };
        var count = new Option<long>("--count") { Description = "Most events to write.", DefaultValueFactory = _ => long.MaxValue };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < 1) result.AddError("--count must be at least 1.");
        });
        var command = new Command("dump", "Writes events, one line of JSON each: offset, time, writer, and the payload as text or base64.")
        {
            folder, name, from, since, count,
        };
        command.SetAction(parsed => Run(parsed, folder, store =>
        {
            var range = new DumpRange(parsed.GetValue(from), parsed.GetValue(since), parsed.GetValue(count));
            StreamDump.Write(Find(store, parsed.GetValue(name)!), range, parsed.InvocationConfiguration.Output);
            return true;
        }));
        return command;
    }

    // 0: all is well. 1: something is damaged, or it could not be done, which a sentence says.
    private static int Run(ParseResult parsed, Argument<DirectoryInfo> folder, Func<string, bool> run)
    {
        try
        {
            return run(StoreFolder(parsed.GetValue(folder)!)) ? 0 : 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            parsed.InvocationConfiguration.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static Argument<DirectoryInfo> Folder() =>
        new("folder") { Description = "The segment log's folder, or the data folder of a site." };

    private static Argument<string> Name() => new("stream") { Description = "The stream, written scope/stream." };

    // A site keeps its streams below its data folder.
    private static string StoreFolder(DirectoryInfo folder)
    {
        var below = Path.Combine(folder.FullName, "streams");
        if (IsStore(below)) return below;
        return IsStore(folder.FullName)
            ? folder.FullName
            : throw new ArgumentException(
                $"'{folder}' has no segment log: name its folder (with the file 'lock'), or the data folder of a site.");
    }

    private static bool IsStore(string folder) => File.Exists(Path.Combine(folder, "lock"));

    private static StreamFiles Find(string store, string text)
    {
        if (!StreamName.TryParse(text, out var name)) throw new ArgumentException($"A stream's name is written scope/stream, but this is '{text}'.");
        return StreamFiles.Find(store, name)
            ?? throw new ArgumentException($"There is no stream '{name}' in '{store}'; 'weir streams ls {store}' lists them.");
    }
}
