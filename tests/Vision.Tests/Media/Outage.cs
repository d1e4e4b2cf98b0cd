namespace Weir.Vision.Tests.Media;

/// <summary>How long a camera's server is away in tests: some seconds, or a minute in the long run (<c>WEIR_TEST_LONG=1</c>).</summary>
internal static class Outage
{
    public static TimeSpan Length { get; } = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 60 : 2);
}
