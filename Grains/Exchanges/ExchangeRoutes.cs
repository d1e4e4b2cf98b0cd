using System.Collections.Immutable;
using Weir.Grains.Transfers;
using Weir.Mqtt;

namespace Weir.Grains.Exchanges;

/// <summary>
/// Which exchanges take which topics, as of one state of the site, and where they are. Immutable but for what it notes at the topics: the
/// answer for a topic is worked out once and kept with it.
/// </summary>
internal sealed class ExchangeRoutes(ImmutableArray<(IExchangeTarget Target, ImmutableArray<TopicFilter> Filters)> all)
{
    public static readonly ExchangeRoutes None = new([]);

    /// <summary>All exchanges.</summary>
    public ImmutableArray<IExchangeTarget> Targets { get; } = [.. all.Select(entry => entry.Target)];

    /// <summary>The exchanges that take a topic.</summary>
    public ImmutableArray<IExchangeTarget> Of(Topic topic)
    {
        if (topic.HandlerState is Answer answer && answer.Routes == this) return answer.Exchanges;
        // What searches send out is in an exchange already; kept, it would be found by the next search, twice.
        ImmutableArray<IExchangeTarget> exchanges = TransferTopics.IsAnswer(topic.Levels[0]) ? [] :
        [
            .. all.Where(entry => entry.Filters.Any(filter => filter.Matches(topic))).Select(entry => entry.Target),
        ];
        topic.HandlerState = new Answer(this, exchanges);
        return exchanges;
    }

    private sealed record Answer(ExchangeRoutes Routes, ImmutableArray<IExchangeTarget> Exchanges);
}
