using System.Runtime.CompilerServices;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

internal interface ISource : IGrainWithStringKey
{
    IAsyncEnumerable<int> Count(int count);

    IAsyncEnumerable<int> CountAndFail(int count);

    IAsyncEnumerable<int> CountSlowly(int count, TimeSpan pause);

    IAsyncEnumerable<int> CountForEver(CancellationToken cancellationToken = default);

    IAsyncEnumerable<T> Repeat<T>(T value, int count);

    Task<bool> Answer();

    Task End();
}

internal sealed class SourceGrain(Recorder recorder) : Grain, ISource
{
    public async IAsyncEnumerable<int> Count(int count)
    {
        await Task.CompletedTask;
        try
        {
            for (var i = 0; i < count; i++) yield return i;
        }
        finally
        {
            recorder.Add("ended");
        }
    }

    public async IAsyncEnumerable<int> CountAndFail(int count)
    {
        for (var i = 0; i < count; i++) yield return i;
        await Task.Yield();
        throw new FormatException("no more");
    }

    public async IAsyncEnumerable<int> CountSlowly(int count, TimeSpan pause)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Delay(pause);
            yield return i;
        }
    }

    public async IAsyncEnumerable<int> CountForEver([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            yield return 0;
            recorder.Add("waits");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            recorder.Add("ended");
        }
    }

    public async IAsyncEnumerable<T> Repeat<T>(T value, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return value;
        }
    }

    public Task<bool> Answer() => Task.FromResult(true);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

/// <summary>https://learn.microsoft.com/dotnet/orleans/grains/#iasyncenumerable-return-values</summary>
public sealed class AsyncEnumerableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(250)]
    public async Task Elements_come_in_order(int count)
    {
        await using var silo = await StartAsync();

        Assert.Equal(Enumerable.Range(0, count), await ReadAsync(silo.Client.GetGrain<ISource>("x").Count(count)));
    }

    [Fact]
    public async Task A_method_may_be_generic_and_its_result_be_enumerated_twice()
    {
        await using var silo = await StartAsync();
        var source = silo.Client.GetGrain<ISource>("x").Repeat("a", 3);

        Assert.Equal(["a", "a", "a"], await ReadAsync(source));
        Assert.Equal(["a", "a", "a"], await ReadAsync(source));
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(5, 3)]
    [InlineData(1, 11)]
    public async Task Elements_that_are_there_come_in_batches(int batchSize, int requests)
    {
        // Orleans answers at once if all elements are there, and else asks once more for the end.
        await using var silo = await StartAsync();

        Assert.Equal(
            Enumerable.Range(0, 10),
            await ReadAsync(silo.Client.GetGrain<ISource>("x").Count(10).WithBatchSize(batchSize)));

        Assert.Equal(requests, silo.Recorder().Events.Count(one => one is "StartEnumeration<T>" or "MoveNext<T>"));
    }

    [Fact]
    public async Task An_error_comes_after_the_elements_before_it()
    {
        await using var silo = await StartAsync();
        var read = new List<int>();

        var error = await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (var element in silo.Client.GetGrain<ISource>("x").CountAndFail(3)) read.Add(element);
        });

        Assert.Equal([0, 1, 2], read);
        Assert.Equal("no more", error.Message);
        Assert.Contains(nameof(SourceGrain.CountAndFail), error.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_reads_no_further_ends_the_enumeration_in_the_grain()
    {
        await using var silo = await StartAsync();

        await foreach (var element in silo.Client.GetGrain<ISource>("x").Count(1000).WithBatchSize(1))
        {
            if (element == 2) break;
        }

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("ended") == 1, "the iterator has been disposed of");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancellation_ends_it_on_both_sides(bool byArgument)
    {
        await using var silo = await StartAsync();
        using var cancellation = new CancellationTokenSource();
        var source = silo.Client.GetGrain<ISource>("x")
            .CountForEver(byArgument ? cancellation.Token : CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var element in source.WithCancellation(byArgument ? CancellationToken.None : cancellation.Token))
            {
                Assert.Equal(0, element);
                cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));
            }
        });

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("ended") == 1, "the iterator has been disposed of");
    }

    [Fact]
    public async Task An_element_may_take_longer_than_the_response_time_out()
    {
        await using var silo = await StartAsync(TimeSpan.FromSeconds(1));

        var elements = await ReadAsync(silo.Client.GetGrain<ISource>("x").CountSlowly(2, TimeSpan.FromSeconds(1.5)));

        Assert.Equal([0, 1], elements);
    }

    [Fact]
    public async Task Other_requests_run_while_an_enumeration_waits()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<ISource>("x");
        using var cancellation = new CancellationTokenSource();
        var reading = ReadAsync(grain.CountForEver(cancellation.Token));
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("waits") == 1, "the enumeration waits");

        Assert.True(await grain.Answer());

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task An_enumeration_ends_with_the_activation()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<ISource>("x");
        await using var elements = grain.Count(1000).WithBatchSize(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await elements.MoveNextAsync());

        await grain.End();

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("ended") == 1, "the iterator has been disposed of");
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await elements.MoveNextAsync());
    }

    [Fact]
    public async Task An_enumeration_that_nobody_goes_on_with_expires()
    {
        await using var silo = await StartAsync(TimeSpan.FromSeconds(1));
        var elements = silo.Client.GetGrain<ISource>("x").Count(1000).WithBatchSize(1)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await elements.MoveNextAsync());

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("ended") == 1, "the iterator has been disposed of");

        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await elements.MoveNextAsync());
    }

    private static Task<TestSilo> StartAsync(TimeSpan? responseTimeout = null) => TestSilo.StartAsync(builder =>
    {
        builder.AddRecorder().AddIncomingGrainCallFilter<RequestRecorder>();
        if (responseTimeout is { } timeout)
        {
            builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = timeout);
        }
    });

    private static async Task<List<T>> ReadAsync<T>(IAsyncEnumerable<T> source)
    {
        var read = new List<T>();
        await foreach (var element in source) read.Add(element);
        return read;
    }

    internal sealed class RequestRecorder(Recorder recorder) : IIncomingGrainCallFilter
    {
        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.Grain is SourceGrain) recorder.Add(context.MethodName);
            return context.Invoke();
        }
    }
}
