using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Grains.Exchanges;

/// <summary>What an exchange must not forget.</summary>
[GenerateSerializer, Alias("weir.ExchangeGrainState")]
internal sealed class ExchangeGrainState
{
    [Id(0)] public ExchangeSettings? Settings { get; set; }
}
