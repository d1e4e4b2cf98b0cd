namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>What retention would do just now.</summary>
/// <param name="Files">The Parquet files that would go, oldest first.</param>
/// <param name="KeptFiles">How many would stay.</param>
/// <param name="KeptMessages">How many messages those hold.</param>
/// <param name="KeptBytes">Their size.</param>
[GenerateSerializer, Immutable, Alias("weir.RetentionPreview")]
public sealed record RetentionPreview(
    [property: Id(0)] IReadOnlyList<RetiringFile> Files, [property: Id(1)] int KeptFiles, [property: Id(2)] long KeptMessages,
    [property: Id(3)] long KeptBytes);

/// <summary>A Parquet file that retention would let go of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">Time of its first message, in microseconds since 1970-01-01 UTC.</param>
/// <param name="To">Time after its last message, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Messages">How many messages it holds.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Why">Why it would go, in a sentence.</param>
[GenerateSerializer, Immutable, Alias("weir.RetiringFile")]
public sealed record RetiringFile(
    [property: Id(0)] string Name, [property: Id(1)] long From, [property: Id(2)] long To, [property: Id(3)] long Messages,
    [property: Id(4)] long Bytes, [property: Id(5)] string Why);
