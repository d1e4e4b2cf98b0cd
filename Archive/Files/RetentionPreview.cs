namespace Weir.Archive;

/// <summary>A file that retention would let go of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">The key of its first message.</param>
/// <param name="Last">The key of its last message.</param>
/// <param name="Messages">How many messages it holds.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Why">A sentence for people.</param>
public sealed record RetiringFile(string Name, MessageKey First, MessageKey Last, long Messages, long Bytes, string Why);

/// <summary>What retention would do just now.</summary>
/// <param name="Files">The files that would go, oldest first.</param>
/// <param name="KeptFiles">How many files would stay.</param>
/// <param name="KeptMessages">How many messages those hold.</param>
/// <param name="KeptBytes">Their size.</param>
public sealed record RetentionPreview(IReadOnlyList<RetiringFile> Files, int KeptFiles, long KeptMessages, long KeptBytes);
