using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Utilities;

namespace Orleans.Tests.Observers;

public sealed class ObserverTests
{
    [Fact]
    public async Task An_observer_gets_the_calls_of_a_grain_in_order()
    {
        await using var silo = await TestSilo.StartAsync();
        var listener = new Listener();
        var reference = silo.Client.CreateObjectReference<IListener>(listener);
        var radio = silo.Client.GetGrain<IRadio>("x");
        await radio.Listen(reference);

        for (var i = 0; i < 50; i++) await radio.Say($"{i}");

        await Eventually.IsTrueAsync(() => listener.Heard.Count == 50, "all was heard");
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), listener.Heard);
        Assert.Equal("heard 50", await radio.AskFirst());
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task A_deleted_observer_is_gone_for_the_grain()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(2)));
        var listener = new Listener();
        var reference = silo.Client.CreateObjectReference<IListener>(listener);
        var radio = silo.Client.GetGrain<IRadio>("x");
        await radio.Listen(reference);
        Assert.Equal("heard 0", await radio.AskFirst());

        silo.Client.DeleteObjectReference<IListener>(reference);

        // Within one process that is known at once; Microsoft's runtime drops the call, so that it times out.
        var error = await Assert.ThrowsAnyAsync<Exception>(radio.AskFirst);
        Assert.True(error is ClientNotAvailableException or TimeoutException, error.ToString());
        Assert.Equal("heard 0", await ((IListener)listener).Ask());
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task A_grain_as_observer_is_called_in_its_turns()
    {
        await using var silo = await TestSilo.StartAsync();
        var listener = silo.Client.GetGrain<IListeningGrain>("ear");

        await listener.ListenTo("x");
        await silo.Client.GetGrain<IRadio>("x").Say("hello");

        await Eventually.IsTrueAsync(async () => (await listener.Heard()).Contains("hello"), "the grain heard it");
    }

    [Fact]
    public async Task A_grain_is_no_object_to_make_a_reference_of()
    {
        await using var silo = await TestSilo.StartAsync();
        var reference = silo.Client.GetGrain<IListeningGrain>("ear").AsReference<IListener>();

        Assert.Throws<ArgumentException>(() => silo.Client.CreateObjectReference<IListener>(reference));
        Assert.Throws<ArgumentException>(() => silo.Client.DeleteObjectReference<IListener>(new Listener()));
    }

    [Fact]
    public async Task The_observer_list_drops_those_that_fail_or_have_expired()
    {
        var now = DateTime.UtcNow;
        var observers = new ObserverManager<string, Func<Task>>(TimeSpan.FromMinutes(1), NullLogger.Instance)
        {
            GetDateTime = () => now,
        };
        var calls = new ConcurrentQueue<string>();
        observers.Subscribe("good", () => Note("good"));
        observers.Subscribe("bad", () => throw new InvalidOperationException());
        observers.Subscribe("old", () => Note("old"));

        await observers.Notify(observer => observer());
        Assert.Equal(2, observers.Count);
        Assert.Equal(["good", "old"], calls.Order());

        now += TimeSpan.FromSeconds(40);
        observers.Subscribe("good", () => Note("good"));
        now += TimeSpan.FromSeconds(40);
        await observers.Notify(observer => observer());
        Assert.Equal(["good"], observers.Observers.Keys);

        Task Note(string name)
        {
            calls.Enqueue(name);
            return Task.CompletedTask;
        }
    }

    private sealed class Listener : IListener
    {
        public ConcurrentQueue<string> Heard { get; } = new();

        public void Hear(string text) => Heard.Enqueue(text);

        public Task<string> Ask() => Task.FromResult($"heard {Heard.Count}");
    }
}

internal interface IListener : IGrainObserver
{
    void Hear(string text);

    Task<string> Ask();
}

internal interface IRadio : IGrainWithStringKey
{
    Task Listen(IListener listener);

    Task Say(string text);

    Task<string> AskFirst();
}

internal sealed class RadioGrain : Grain, IRadio
{
    private readonly ObserverManager<IListener> _listeners = new(TimeSpan.FromMinutes(5), NullLogger.Instance);

    public Task Listen(IListener listener)
    {
        _listeners.Subscribe(listener, listener);
        return Task.CompletedTask;
    }

    public Task Say(string text)
    {
        _listeners.Notify(listener => listener.Hear(text));
        return Task.CompletedTask;
    }

    public Task<string> AskFirst() => _listeners.First().Ask();
}

internal interface IListeningGrain : IGrainWithStringKey
{
    Task ListenTo(string radio);

    Task<List<string>> Heard();
}

internal sealed class ListeningGrain : Grain, IListeningGrain, IListener
{
    private readonly List<string> _heard = [];

    public Task ListenTo(string radio) =>
        GrainFactory.GetGrain<IRadio>(radio).Listen(this.AsReference<IListener>());

    public Task<List<string>> Heard() => Task.FromResult(_heard);

    public void Hear(string text) => _heard.Add(text);

    public Task<string> Ask() => Task.FromResult($"heard {_heard.Count}");
}
