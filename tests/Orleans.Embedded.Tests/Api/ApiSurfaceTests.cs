using System.Reflection;
using Orleans.TestingHost;

namespace Orleans.Embedded.Tests.Api;

public sealed class ApiSurfaceTests
{
    [Fact]
    public void Every_public_member_is_one_of_Orleans_itself() =>
        AllAreIn("orleans-10-public-api.txt", typeof(IGrain).Assembly);

    [Fact]
    public void Every_public_member_of_the_test_cluster_is_one_of_Orleans_own() =>
        AllAreIn("orleans-10-testing-host-api.txt", typeof(InProcessTestCluster).Assembly);

    private static void AllAreIn(string list, Assembly assembly)
    {
        var known = File.ReadLines(Path.Combine(AppContext.BaseDirectory, list)).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(known);

        var offenders = PublicMembers.Of(assembly)
            .Where(member => !known.Contains(member))
            .Order(StringComparer.Ordinal)
            .ToArray();

        Assert.True(
            offenders.Length == 0,
            $"{offenders.Length} public members of {assembly.GetName().Name} do not exist in Orleans:{Environment.NewLine}"
            + string.Join(Environment.NewLine, offenders));
    }
}
