using System.CommandLine;
using Microsoft.Extensions.Options;
using Weir.Database;
using Weir.Database.Rows;

namespace Weir.Silo.Start;

/// <summary>The command that takes a site's database from a SQLite file to the configured server, or back.</summary>
internal static class CopyDatabaseCommand
{
    public static Command Create()
    {
        var from = new Option<FileInfo?>("--from") { Description = "A SQLite file (site.db of a data folder) to copy into the configured database." };
        var to = new Option<FileInfo?>("--to") { Description = "A SQLite file to copy the configured database into; made where it is missing." };
        var configuration = SiteArguments.ConfigurationOption();
        var command = new Command(
            "copy-database", "Copies detections, alarms, settings and reminders between SQLite and the configured database. Stop the site first.")
        {
            from, to, configuration,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) is null == result.GetValue(to) is null) result.AddError("copy-database takes either --from or --to.");
            if (result.GetValue(from) is { Exists: false } file) result.AddError($"--from: there is no file '{file.FullName}'.");
        });
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(configuration), stop));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo? from, FileInfo? to, FileInfo? configurationFile, CancellationToken stop)
    {
        try
        {
            var configured = SiteSettings.ReadConfiguration(configurationFile).GetSection($"{SiteSettings.Section}:Database")
                .Get<SiteDatabaseOptions>();
            if (configured is not { ConnectionString.Length: > 0 })
                throw new CannotStartException($"{SiteSettings.Section}:Database:ConnectionString must name the database to copy into or from.");
            var file = new SiteDatabaseOptions { File = (from ?? to)!.FullName };
            using var source = new SiteDatabase(Options.Create(from is null ? configured : file));
            using var target = new SiteDatabase(Options.Create(from is null ? file : configured));
            await Checks.DatabaseOpensAsync(source, stop);
            await Checks.DatabaseOpensAsync(target, stop);
            foreach (var (table, rows) in await DatabaseCopy.RunAsync(source, target, stop)) Console.WriteLine($"{table}: {rows:#,0} rows");
            return 0;
        }
        catch (CannotStartException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
