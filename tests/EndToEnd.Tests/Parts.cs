namespace Weir.EndToEnd.Tests;

/// <summary>The real parts that these tests run with.</summary>
internal static class Parts
{
    /// <summary>The program of a site, built beside these tests.</summary>
    public static string Silo { get; } =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Silo", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Weir.Silo"));

    /// <summary>The video of people in a street, or of a picture of people where that is not to be had.</summary>
    public static string Video { get; } =
        Environment.GetEnvironmentVariable("WEIR_TEST_VIDEO") ?? "/usr/share/doc/opencv-doc/examples/data/vtest.avi";

    /// <summary>A folder for what a test leaves to look at.</summary>
    public static string Output(string name)
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "tests", name));
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Skips where the street video is not to be had: these facts are about its pedestrians.</summary>
    public static void NeedStreetVideo() =>
        Assert.SkipUnless(Path.GetFileName(Video) == "vtest.avi" && File.Exists(Video),
            "Debian's vtest.avi (package opencv-doc) is not here; ./test.sh fetches it where apt-get can.");
}
