namespace Weir.Grains.Transfers;

/// <summary>
/// Topics by which searches and files travel. There is one for each piece of a file, so pages leave them out, and exchanges do
/// not keep what searches send out.
/// </summary>
internal static class TransferTopics
{
    /// <summary>Where the rows of searches go out, below which each search has its own.</summary>
    public const string Rows = "MQfile";

    /// <summary>Where the files of searches go out.</summary>
    public const string Files = "ParquetFile";

    /// <summary>Whether a first level is one of what searches send out.</summary>
    public static bool IsAnswer(string firstLevel) => firstLevel is Rows or Files;

    /// <summary>Whether a topic is one of them, or a command.</summary>
    public static bool IsOne(string topic)
    {
        var end = topic.IndexOf('/');
        return end > 0 && topic[..end] is Rows or Files or "$file" or "$file-async" or "$file-response" or "$weir";
    }
}
