using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public interface ICounter : IGrainWithStringKey
{
    Task<int> Add(int amount);
}

public interface IReadableCounter : IGrainWithStringKey
{
    Task<int> Read();
}

internal sealed class CounterGrain : Grain, ICounter, IReadableCounter
{
    private int _value;

    public Task<int> Add(int amount) => Task.FromResult(_value += amount);

    public Task<int> Read() => Task.FromResult(_value);
}

internal interface IShapes : IGrainWithIntegerKey
{
    Task OfTask();

    Task<string> OfTaskT();

    ValueTask OfValueTask();

    ValueTask<long> OfValueTaskT(bool fast);

    [OneWay]
    Task Forget(bool fail);

    Task<string[]> Log();
}

internal sealed class ShapesGrain : Grain, IShapes
{
    private readonly List<string> _log = [];

    public Task OfTask()
    {
        _log.Add(nameof(OfTask));
        return Task.CompletedTask;
    }

    public async Task<string> OfTaskT()
    {
        await Task.Yield();
        _log.Add(nameof(OfTaskT));
        return "task";
    }

    public ValueTask OfValueTask()
    {
        _log.Add(nameof(OfValueTask));
        return default;
    }

    public async ValueTask<long> OfValueTaskT(bool fast)
    {
        if (!fast) await Task.Yield();
        _log.Add(nameof(OfValueTaskT));
        return this.GetPrimaryKeyLong();
    }

    public Task Forget(bool fail)
    {
        _log.Add(nameof(Forget));
        return fail ? Task.FromException(new InvalidOperationException("nobody hears this")) : Task.CompletedTask;
    }

    public Task<string[]> Log() => Task.FromResult(_log.ToArray());
}

internal interface INamed
{
    Task<string> Name();
}

internal interface IBox<T> : IGrainWithStringKey, INamed
{
    Task Put(T value);

    Task<T?> Get();

    Task<List<TItem>> Map<TKey, TItem>(TKey key, List<TItem> items)
        where TKey : struct, IComparable<TKey>
        where TItem : class;
}

internal sealed class BoxGrain<T> : Grain, IBox<T>
{
    private T? _value;

    public Task Put(T value)
    {
        _value = value;
        return Task.CompletedTask;
    }

    public Task<T?> Get() => Task.FromResult(_value);

    public Task<List<TItem>> Map<TKey, TItem>(TKey key, List<TItem> items)
        where TKey : struct, IComparable<TKey>
        where TItem : class => Task.FromResult(items);

    public Task<string> Name() => Task.FromResult("base");
}

internal interface IFailing : IGrainWithGuidKey
{
    Task FailAtOnce();

    Task<int> FailLater();

    ValueTask<int> FailByValueTask();

    Task Cancel();
}

internal sealed class FailingGrain : Grain, IFailing
{
    public Task FailAtOnce() => throw new FormatException("at once");

    public async Task<int> FailLater()
    {
        await Task.Yield();
        throw new FormatException("later");
    }

    public async ValueTask<int> FailByValueTask()
    {
        await Task.Yield();
        throw new FormatException("by value");
    }

    public Task Cancel() => Task.FromCanceled(new CancellationToken(true));
}

internal interface ISlow : IGrainWithStringKey
{
    Task Wait(TimeSpan time);

    [ResponseTimeout("00:00:00.2")]
    Task WaitBriefly(TimeSpan time);

    Task WaitOrCancel(TimeSpan time, CancellationToken cancellationToken);

    Task Ask(string other);

    Task<int> Begun();

    [AlwaysInterleave]
    Task<int> BegunNow();

    [AlwaysInterleave]
    Task<int> CancelledNow();
}

internal sealed class SlowGrain : Grain, ISlow
{
    private int _begun;
    private int _cancelled;

    public Task Wait(TimeSpan time) => Task.Delay(time);

    public Task WaitBriefly(TimeSpan time) => Task.Delay(time);

    public async Task WaitOrCancel(TimeSpan time, CancellationToken cancellationToken)
    {
        _begun++;
        try
        {
            await Task.Delay(time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _cancelled++;
            throw;
        }
    }

    public Task Ask(string other) => GrainFactory.GetGrain<ISlow>(other).Wait(TimeSpan.FromSeconds(2));

    public Task<int> Begun() => Task.FromResult(_begun);

    public Task<int> BegunNow() => Task.FromResult(_begun);

    public Task<int> CancelledNow() => Task.FromResult(_cancelled);
}

internal interface IContextual : IGrainWithStringKey
{
    Task<string?> UserOfNext(string next);

    Task<string?> Read(string key);

    Task SetWithoutAwait(string key, string value);
}

internal sealed class ContextualGrain : Grain, IContextual
{
    public async Task<string?> UserOfNext(string next)
    {
        await Task.Yield();
        var user = await GrainFactory.GetGrain<IContextual>(next).Read("user");
        RequestContext.Set("user", "changed");
        return user;
    }

    public Task<string?> Read(string key) => Task.FromResult((string?)RequestContext.Get(key));

    public Task SetWithoutAwait(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }
}

internal interface IGuidKeyed : IGrainWithGuidKey
{
    Task<string> Key();
}

internal interface IGuidCompound : IGrainWithGuidCompoundKey
{
    Task<string> Key();
}

internal interface IIntegerKeyed : IGrainWithIntegerKey
{
    Task<string> Key();
}

internal interface IIntegerCompound : IGrainWithIntegerCompoundKey
{
    Task<string> Key();
}

internal sealed class GuidKeyedGrain : Grain, IGuidKeyed
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKey()}");
}

internal sealed class GuidCompoundGrain : Grain, IGuidCompound
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKey(out var extension)}+{extension}");
}

internal sealed class IntegerKeyedGrain : Grain, IIntegerKeyed
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKeyLong()}");
}

internal sealed class IntegerCompoundGrain : Grain, IIntegerCompound
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKeyLong(out var extension)}+{extension}");
}

internal interface IPlain : IGrainWithStringKey
{
    Task<string> Id();
}

internal sealed class PlainGrain(IGrainContext context) : IGrainBase, IPlain
{
    public IGrainContext GrainContext { get; } = context;

    public Task<string> Id() => Task.FromResult(this.GetGrainId().ToString());
}

internal interface INobody : IGrainWithStringKey
{
    Task Nothing();
}

internal interface IGreeter : IGrainWithStringKey
{
    Task<string> Greet();
}

internal sealed class Greeter : Grain, IGreeter
{
    public Task<string> Greet() => Task.FromResult(nameof(Greeter));
}

internal sealed class LoudGreeter : Grain, IGreeter
{
    public Task<string> Greet() => Task.FromResult(nameof(LoudGreeter));
}
