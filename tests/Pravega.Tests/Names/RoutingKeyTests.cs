using System.Text;

namespace Weir.Pravega.Tests.Names;

/// <summary>Places of keys as Pravega's own hash gives them.</summary>
public sealed class RoutingKeyTests
{
    [Theory]
    [InlineData("", 0x3dbdde9466a2f7cf, 0.24117842791623523)]
    [InlineData("a", 0xf18217331898dfc0, 0.9433912753816884)]
    [InlineData("ab", 0x0f24ce4d1054f61a, 0.059155362905886966)]
    [InlineData("abc", 0xd31099a0123ff886, 0.8244720474051517)]
    [InlineData("0", 0xce3e23e22a0eb119, 0.8056356837424186)]
    [InlineData("1", 0x5e1a1b1611a05db6, 0.36758584297933905)]
    [InlineData("key", 0xd84bfa9b27fd7007, 0.8449093464660018)]
    [InlineData("hello", 0xa8a1a07ba5f63abf, 0.658716230571337)]
    [InlineData("hello world", 0x6d20b286efe74906, 0.42628017229426707)]
    [InlineData("routingKey", 0xe95d6574907a530d, 0.9115813645916913)]
    [InlineData("stream-17", 0x65f578bad47fd85d, 0.3982768493774522)]
    [InlineData("abcdefg", 0x736b9cb540797384, 0.45086078095525806)]
    [InlineData("abcdefgh", 0xaf2b4d72a245302f, 0.6842544941776125)]
    [InlineData("abcdefghi", 0xc588f92a27d0b867, 0.7716212966841478)]
    [InlineData("abcdefghijklmno", 0xe44355a37ec7ff65, 0.891652443328695)]
    [InlineData("abcdefghijklmnop", 0x7f732645233dc002, 0.49785079181605507)]
    [InlineData("abcdefghijklmnopq", 0x1ff47d862dbc19a3, 0.12482437635274857)]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdef", 0xc5b90b504fff9b55, 0.7723548003268645)]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefg", 0xc2e393fa24d3e2a5, 0.7612850652411249)]
    [InlineData("00000000-0000-0000-0000-000000000000", 0xa326e1a6801861b4, 0.6373120337958382)]
    [InlineData("é", 0xab3842849502ae7a, 0.6688272069632242)]
    [InlineData("€", 0xebd27d01dc3a60ae, 0.9211805467168488)]
    [InlineData("日本語", 0x5610e3afacf61e59, 0.33619521178203393)]
    [InlineData("😀", 0xc66813bfd73041ef, 0.7750255912171164)]
    [InlineData("\0", 0x9736e7f26c05aeb5, 0.5906815497255793)]
    public void The_place_of_a_routing_key(string key, ulong hash, double place)
    {
        Assert.Equal(hash, RoutingKey.HashOf(key));
        Assert.Equal(place, RoutingKey.Place(key));
    }

    [Theory]
    [InlineData("", 0x6c6c444cbb771a53, 0.42352702020022215)]
    [InlineData("a", 0xa090d25ecd46a63f, 0.6272098046731807)]
    [InlineData("k1", 0xc88e606e45c797c9, 0.7834224957676084)]
    [InlineData("hello", 0xc936673fd0966184, 0.7859863787458266)]
    public void The_place_of_a_table_key(string key, ulong hash, double place)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        Assert.Equal(hash, RoutingKey.HashOfTableKey(bytes));
        Assert.Equal(place, RoutingKey.PlaceOfTableKey(bytes));
    }
}
