namespace Weir.Grains.Rules;

/// <summary>Where a rule looks for a number.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Filter">The topics, as a topic filter.</param>
/// <param name="Field">The field of a JSON message, with dots between levels; null where the message is the number.</param>
[GenerateSerializer, Immutable, Alias("weir.NumberPlace")]
internal sealed record NumberPlace([property: Id(0)] string Rule, [property: Id(1)] string Filter, [property: Id(2)] string? Field);

/// <summary>Numbers that were found.</summary>
/// <param name="Version">What to ask with for the next.</param>
/// <param name="Found">The numbers.</param>
[GenerateSerializer, Immutable, Alias("weir.TopicNumbers")]
internal sealed record TopicNumbers([property: Id(0)] long Version, [property: Id(1)] IReadOnlyList<TopicNumber> Found);

/// <summary>A number in the last message of a topic.</summary>
/// <param name="Rule">The rule that looks for it.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Time">When the message came, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Value">The number.</param>
[GenerateSerializer, Immutable, Alias("weir.TopicNumber")]
internal sealed record TopicNumber(
    [property: Id(0)] string Rule, [property: Id(1)] string Topic, [property: Id(2)] long Time, [property: Id(3)] double Value);
