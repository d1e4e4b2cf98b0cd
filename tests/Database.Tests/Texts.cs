namespace Weir.Database.Tests;

/// <summary>Texts that a careless statement would trip over.</summary>
public static class Texts
{
    public static TheoryData<string> Odd { get; } =
    [
        "'); DROP TABLE alarms; --",
        "\" OR 1=1 /*",
        @"\'; DELETE FROM detections; # \",
        "@id ? :id $1 {0} %s",
        "Zürich 東京 🎥 \r\n\t",
        "a\0b",
    ];
}
