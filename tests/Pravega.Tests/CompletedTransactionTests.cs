namespace Weir.Pravega.Tests;

/// <summary>
/// The list of ended transactions, on a server of its own: controllers answer an empty one as soon as a transaction of any
/// other stream has ended, so on the shared server it would depend on what other tests do.
/// </summary>
public sealed class CompletedTransactionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Transactions_that_have_ended_are_listed_with_how_they_ended()
    {
        Assert.SkipUnless(PravegaServer.HasOwn, PravegaServer.Missing ?? $"There is no Pravega in '{PravegaServer.Home}' to start one of this test's own.");
        var stop = TestContext.Current.CancellationToken;
        await using var server = await PravegaServer.StartOwnAsync();
        await using var client = new PravegaClient(server.Controller);
        var stream = new ScopedStream("scope", "events");
        await client.Controller.CreateScopeAsync(stream.Scope, stop);
        await client.Controller.CreateStreamAsync(stream, cancellationToken: stop);
        var ended = new HashSet<(Guid, bool)>();
        for (var i = 0; i < 6; i++)
        {
            await using var transaction = await client.BeginTransactionAsync(stream, cancellationToken: stop);
            await transaction.WriteAsync("k", "x"u8);
            var commits = i % 2 == 0;
            if (commits) await transaction.CommitAsync(cancellationToken: stop);
            else await transaction.AbortAsync(stop);
            ended.Add((transaction.Id, commits));
        }

        // The controller lists them a little later.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        while (!ended.SetEquals(await client.Controller.ListCompletedTransactionsAsync(stream, limit.Token))) await Task.Delay(100, limit.Token);
    }
}
