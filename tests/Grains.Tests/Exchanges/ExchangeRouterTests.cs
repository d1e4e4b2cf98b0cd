using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Weir.Archive;
using Weir.Grains.Exchanges;
using Weir.Grains.Sites;
using Weir.Mqtt;
using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>Messages of the real broker into real exchanges.</summary>
public sealed class ExchangeRouterTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-router-");
    private readonly Dictionary<string, Elsewhere> elsewhere = new() { ["hall"] = new(), ["yard"] = new() };
    private ServiceProvider services = null!;
    private ExchangeSet exchanges = null!;
    private IMqttBroker broker = null!;

    public ValueTask InitializeAsync()
    {
        var all = new ServiceCollection();
        all.AddLogging();
        all.AddSegmentLog(options => options.Directory = Path.Combine(folder.FullName, "streams"));
        all.AddMqttBroker();
        all.AddSingleton(provider => new ExchangeSet(
            Options.Create(new SiteOptions { DataFolder = folder.FullName }),
            provider.GetRequiredService<IStreamStore>(), name => elsewhere[name], TimeProvider.System, NullLogger<Exchange>.Instance));
        all.AddSingleton<IPublishHandler, ExchangeRouter>();
        services = all.BuildServiceProvider();
        exchanges = services.GetRequiredService<ExchangeSet>();
        broker = services.GetRequiredService<IMqttBroker>();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_exchange_whose_filter_takes_a_topic_keeps_a_copy_and_no_other_does()
    {
        var press = await OpenAsync("press", "plant/+/press");
        var plant = await OpenAsync("plant", "plant/#", "hall/door");

        await PublishAsync("plant/1/press", "a");
        await PublishAsync("plant/1/robot", "b");
        await PublishAsync("hall/door", "c");
        await PublishAsync("hall/window", "d");

        Assert.Equal(["a"], await PayloadsAsync(press));
        Assert.Equal(["a", "b", "c"], await PayloadsAsync(plant));
    }

    [Fact]
    public async Task A_message_that_no_exchange_takes_is_accepted()
    {
        Assert.Equal(ReasonCode.Success, await broker.PublishAsync("hall/door", "a"u8.ToArray()));
        await OpenAsync("plant", "plant/#");
        Assert.Equal(ReasonCode.Success, await broker.PublishAsync("hall/door", "b"u8.ToArray()));
    }

    [Fact]
    public async Task A_topic_that_was_seen_before_follows_changed_filters()
    {
        var exchange = await OpenAsync("hall", "hall/door");
        await PublishAsync("hall/door", "a");
        await PublishAsync("hall/window", "b");

        await OpenAsync("hall", "hall/window");
        await PublishAsync("hall/door", "c");
        await PublishAsync("hall/window", "d");

        Assert.Equal(["a", "d"], await PayloadsAsync(exchange));
    }

    [Fact]
    public async Task A_closed_exchange_keeps_no_more_and_has_what_it_had_when_it_is_opened_again()
    {
        await OpenAsync("hall", "hall/#");
        await PublishAsync("hall/door", "a");
        await exchanges.CloseAsync("hall");
        await PublishAsync("hall/door", "b");

        var again = await OpenAsync("hall", "hall/#");
        await PublishAsync("hall/door", "c");

        Assert.Equal(["a", "c"], await PayloadsAsync(again));
    }

    [Theory]
    [InlineData("plant/#/press", "plant/#/press")]
    [InlineData("", "empty")]
    [InlineData("$share/line/plant/#", "$share/line/plant/#")]
    public async Task A_filter_that_makes_no_sense_is_refused_in_a_sentence_and_changes_nothing(string filter, string says)
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync("plant", filter));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Empty(exchanges.Routes.Targets);
    }

    [Fact]
    public async Task Messages_of_an_exchange_that_is_elsewhere_go_there_until_it_is_open_here()
    {
        var hall = await OpenAsync("hall", "hall/#");
        exchanges.Know(new ExchangeDirectory(1, [new("hall", ["hall/#"]), new("yard", ["yard/#"])]));

        await PublishAsync("yard/gate", "a");
        await PublishAsync("hall/door", "b");
        var yard = await OpenAsync("yard", "yard/#");
        await PublishAsync("yard/gate", "c");
        await exchanges.CloseAsync("yard");
        await PublishAsync("yard/gate", "d");

        Assert.Equal(["a", "d"], elsewhere["yard"].Payloads);
        Assert.Equal(["b"], await PayloadsAsync(hall));
        yard = await OpenAsync("yard", "yard/#");
        Assert.Equal(["c"], await PayloadsAsync(yard));
    }

    [Fact]
    public async Task An_older_directory_does_not_replace_a_newer_one()
    {
        exchanges.Know(new ExchangeDirectory(2, [new("yard", ["yard/#"])]));
        exchanges.Know(new ExchangeDirectory(1, []));

        await PublishAsync("yard/gate", "a");

        Assert.Equal(["a"], elsewhere["yard"].Payloads);
    }

    [Fact]
    public async Task A_publisher_is_answered_only_when_the_exchange_elsewhere_has_its_message()
    {
        exchanges.Know(new ExchangeDirectory(1, [new("yard", ["yard/#"])]));
        var gate = elsewhere["yard"].Gate = new TaskCompletionSource();

        var published = broker.PublishAsync("yard/gate", "a"u8.ToArray()).AsTask();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(published.IsCompleted);

        gate.SetResult();
        Assert.Equal(ReasonCode.Success, await published);
    }

    private Task<Exchange> OpenAsync(string name, params string[] filters) =>
        exchanges.OpenAsync(new ExchangeOptions { Name = name, TopicFilters = filters });

    private async Task PublishAsync(string topic, string payload) =>
        Assert.Equal(ReasonCode.Success, await broker.PublishAsync(topic, Encoding.UTF8.GetBytes(payload)));

    private static async Task<List<string>> PayloadsAsync(Exchange exchange)
    {
        var page = await exchange.QueryAsync(new MessageQuery(0, long.MaxValue));
        return [.. page.Messages.Select(message => Encoding.UTF8.GetString(message.Payload.Span))];
    }

    private sealed class Elsewhere : IExchangeTarget
    {
        public List<string> Payloads { get; } = [];

        public TaskCompletionSource? Gate { get; set; }

        public ValueTask AcceptAsync(ReadOnlySpan<InboundMessage> messages, CancellationToken cancellationToken)
        {
            foreach (var message in messages) Payloads.Add(Encoding.UTF8.GetString(message.Payload.Span));
            return Gate is null ? ValueTask.CompletedTask : new ValueTask(Gate.Task);
        }
    }
}
