using System.Reflection;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Tests;

/// <summary>What Orleans' own code generator refuses, found on every build.</summary>
public sealed class AliasTests
{
    [Fact]
    public void No_two_types_of_the_grain_API_have_one_alias()
    {
        var named = typeof(ISiteGrain).Assembly.GetTypes()
            .Select(type => (type.FullName, type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias)).Where(type => type.Alias is not null).ToList();

        Assert.NotEmpty(named);
        Assert.All(named.GroupBy(type => type.Alias), types => Assert.Single(types));
    }
}
