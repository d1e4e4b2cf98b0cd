namespace Weir.Archive.Tests;

/// <summary>Holds the archiver at its next step until it is disposed, and so lets the exchange end in any case.</summary>
internal sealed class Gate : IDisposable
{
    private readonly TaskCompletionSource opened = new();

    public Task Opened => opened.Task;

    public void Dispose() => opened.TrySetResult();
}
