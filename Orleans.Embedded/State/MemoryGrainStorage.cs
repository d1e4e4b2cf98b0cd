using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Storage;

/// <summary>
/// Keeps states in memory, as copies: what a grain changes after it has written does not count until it writes again.
/// </summary>
internal sealed class MemoryGrainStorage(string name) : IGrainStorage
{
    private readonly ConcurrentDictionary<(GrainId GrainId, string StateName), Record> _records = new();
    private long _version;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = _records.TryGetValue((grainId, stateName), out var record);
        grainState.State = found ? StateCopy<T>.Of((T)record!.State!) : NewState.Create<T>();
        grainState.ETag = record?.ETag;
        grainState.RecordExists = found;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (grainId, stateName);
        var etag = Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
        var written = new Record(StateCopy<T>.Of(grainState.State), etag);
        var current = _records.GetValueOrDefault(key);
        Check(key, current?.ETag, grainState.ETag);
        if (!(current is null ? _records.TryAdd(key, written) : _records.TryUpdate(key, written, current)))
        {
            Check(key, _records.GetValueOrDefault(key)?.ETag, grainState.ETag);
        }

        grainState.ETag = etag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (grainId, stateName);
        var current = _records.GetValueOrDefault(key);
        Check(key, current?.ETag, grainState.ETag);
        if (current is not null) _records.TryRemove(KeyValuePair.Create(key, current));
        grainState.State = NewState.Create<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private void Check((GrainId GrainId, string StateName) key, string? stored, string? expected)
    {
        if (stored == expected) return;
        throw new InconsistentStateException(
            $"grain storage '{name}', state '{key.StateName}' of '{key.GrainId}': somebody else has written it",
            stored, expected);
    }

    private sealed record Record(object? State, string ETag);
}
