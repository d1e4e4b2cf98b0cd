using System.Reflection;
using System.Text;

namespace Weir.Mqtt.Tests.Conformance;

/// <summary>
/// Keeps docs/mqtt-conformance.md honest: it is made from the tests that exist. <c>WEIR_WRITE_DOCS=1</c> writes it anew.
/// </summary>
public sealed class ConformanceTableTests
{
    private const string Older = "3.1.1:";

    private static readonly string Root = Path.GetFullPath(Path.Combine(Clients.ClientProgram.Folder, "..", "..", ".."));

    private static readonly string Page = Path.Combine(Root, "docs", "mqtt-conformance.md");

    [Fact]
    public void Every_statement_has_a_test_or_a_reason_why_not()
    {
        var tests = Tests();
        var statements = Statements();
        Assert.Equal(251, statements.Count(s => !s.Id.StartsWith(Older, StringComparison.Ordinal)));
        Assert.Equal([], statements.Where(s => s.Reason is null && !tests.ContainsKey(s.Id)).Select(s => s.Id));
        Assert.Equal([], tests.Keys.Except(statements.Select(s => s.Id)));
    }

    [Fact]
    public void A_test_is_named_after_a_statement_that_it_is_about()
    {
        foreach (var method in Methods())
        {
            Assert.Contains(method.GetCustomAttribute<StatementAttribute>()!.Statements, s => method.Name.StartsWith(NameOf(s), StringComparison.Ordinal));
        }

        static string NameOf(string statement) =>
            statement[(statement.IndexOf(':', StringComparison.Ordinal) + 1)..].Replace('-', '_').Replace('.', '_') + "_";
    }

    [Fact]
    public async Task The_page_is_the_table_of_the_tests_that_exist()
    {
        var made = Make();
        if (Environment.GetEnvironmentVariable("WEIR_WRITE_DOCS") == "1") await File.WriteAllTextAsync(Page, made, TestContext.Current.CancellationToken);
        var there = await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken);
        Assert.True(made == there, "docs/mqtt-conformance.md is not what the tests say; run the Mqtt tests with WEIR_WRITE_DOCS=1 to write it anew.");
    }

    private static string Make()
    {
        var tests = Tests();
        var statements = Statements();
        var text = new StringBuilder($"""
            # Conformance of the broker to MQTT

            Every normative statement of MQTT 5.0 and of MQTT 3.1.1 (`[MQTT-x.y.z-n]` in the OASIS specifications) with the tests
            of `tests/Mqtt.Tests` that hold the broker to it, or the reason why there is none. A test is named after a statement
            that it is about; one statement's tests run with
            `artifacts/bin/Mqtt.Tests/release/Weir.Mqtt.Tests -trait "Statement=MQTT-3.1.0-1"` (`3.1.1:MQTT-3.1.0-1` for MQTT 3.1.1).
            This page is made by a test, which fails when it is not what the tests say.


            """.ReplaceLineEndings("\n"));
        Section("MQTT 5.0", statements.Where(s => !s.Id.StartsWith(Older, StringComparison.Ordinal)).ToList());
        Section("MQTT 3.1.1", statements.Where(s => s.Id.StartsWith(Older, StringComparison.Ordinal)).ToList());
        return text.ToString().TrimEnd('\n') + "\n";

        void Section(string title, List<(string Id, string? Reason)> rows)
        {
            text.Append($"## {title}\n\n{rows.Count} statements, {rows.Count(r => tests.ContainsKey(r.Id))} with tests.\n\n| statement | tests, or why there is none |\n|---|---|\n");
            foreach (var (id, reason) in rows)
            {
                var named = tests.TryGetValue(id, out var list) ? string.Join(", ", list.Order(StringComparer.Ordinal).Select(t => $"`{t}`")) : reason;
                text.Append($"| {id.Replace(Older, "", StringComparison.Ordinal)} | {named} |\n");
            }
            text.Append('\n');
        }
    }

    private static List<(string Id, string? Reason)> Statements() =>
        [.. File.ReadLines(Path.Combine(Root, "tests", "Mqtt.Tests", "Conformance", "statements.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" | ", 2))
            .Select(parts => (parts[0], parts.Length > 1 ? parts[1] : null))];

    private static Dictionary<string, List<string>> Tests() =>
        Methods().SelectMany(method => method.GetCustomAttribute<StatementAttribute>()!.Statements.Select(s => (Statement: s, method.Name)))
            .GroupBy(t => t.Statement, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(t => t.Name).ToList(), StringComparer.Ordinal);

    private static IEnumerable<MethodInfo> Methods() =>
        typeof(ConformanceTableTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(method => method.GetCustomAttribute<StatementAttribute>() is not null && method.GetCustomAttribute<FactAttribute>() is not null);
}
