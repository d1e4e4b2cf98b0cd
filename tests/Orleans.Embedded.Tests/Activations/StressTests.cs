using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests.Activations;

/// <summary>It looks at the memory of the process, so nothing runs beside it.</summary>
[CollectionDefinition(nameof(StressTests), DisableParallelization = true)]
public sealed class StressCollection;

/// <summary>Many grains under a load of everything at once, for 10 s or, with WEIR_TEST_LONG=1, a minute.</summary>
[Collection(nameof(StressTests))]
public sealed class StressTests(ITestOutputHelper output)
{
    private const int Callers = 1000;

    // These have many callers each, so that calls wait for one another and for the ends of activations.
    private const int HotGrains = 1000;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 60 : 8);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Turns_do_not_overlap_no_call_is_lost_and_memory_comes_back()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionQuantum = TimeSpan.FromSeconds(1);
            options.CollectionAge = TimeSpan.FromSeconds(3);
        }));
        StressLedger.Reset();
        await RunAsync(silo.Client, TimeSpan.FromSeconds(0.5), seed: 1);
        await UntilAllHaveEndedAsync(silo.Client);
        var start = GC.GetTotalMemory(forceFullCollection: true);

        var load = await RunAsync(silo.Client, s_time, seed: 2);
        Assert.Empty(StressLedger.Violations);
        var most = GC.GetTotalMemory(forceFullCollection: false);
        await UntilAllHaveEndedAsync(silo.Client);
        var end = GC.GetTotalMemory(forceFullCollection: true);

        output.WriteLine(
            $"{load}, {StressLedger.Turns:N0} turns; memory {start / 1e6:0.0} MB, {most / 1e6:0.0} MB, {end / 1e6:0.0} MB");
        Assert.Empty(StressLedger.Violations);
        Assert.True(
            end < start + 8_000_000, $"memory was {start:N0} bytes before and is {end:N0} after {load}: something is kept");
    }

    private static async Task<Load> RunAsync(IClusterClient client, TimeSpan time, int seed)
    {
        var load = new Load();
        var notesBefore = StressLedger.Notes;
        var end = DateTime.UtcNow + time;
        var calls = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random((seed * 1000) + caller);

            // Each caller first wakes its part of the grains, however long that takes.
            var next = caller;
            while (next < StressLedger.Grains || DateTime.UtcNow < end)
            {
                await CallAsync(client, next < StressLedger.Grains ? next : random.Next(StressLedger.Grains), random, load);
                await CallAsync(client, random.Next(HotGrains), random, load);
                next += Callers;
            }
        })));
        if (await Task.WhenAny(calls, Task.Delay(time + s_patience)) != calls)
        {
            StressLedger.Violations.Enqueue($"calls are lost: not all have ended {s_patience} after the last one was made");
            return load;
        }

        await calls;
        await Eventually.IsTrueAsync(
            () => StressLedger.Notes - notesBefore == load.Notes, "every one-way call has come");
        return load;
    }

    private static async Task CallAsync(IClusterClient client, int key, Random random, Load load)
    {
        var value = random.Next();
        var grain = random.Next(4) == 0
            ? client.GetGrain<IBusyReentrant>(key)
            : client.GetGrain<IBusy>(key, typeof(BusyGrain).FullName);
        try
        {
            switch (random.Next(1000))
            {
                case < 5:
                    Check(await grain.Dawdle(value), value);
                    break;
                case < 15:
                    using (var cancellation = new CancellationTokenSource(random.Next(5)))
                    {
                        await grain.WaitForCancellation(cancellation.Token);
                    }

                    break;
                case < 100:
                    Interlocked.Increment(ref load.Notes);
                    await grain.Note();
                    break;
                case < 600:
                    Check(await grain.Echo(value), value);
                    break;
                default:
                    Check(await grain.Work(value, depth: 0), value);
                    break;
            }

            Interlocked.Increment(ref load.Answers);
        }
        catch (BusyException)
        {
            Interlocked.Increment(ref load.Failures);
        }
        catch (TimeoutException error) when (error.Message.Contains(nameof(IBusy.Dawdle), StringComparison.Ordinal))
        {
            Interlocked.Increment(ref load.TimeOuts);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref load.Cancellations);
        }
    }

    private static void Check(int answer, int expected)
    {
        if (answer != expected) StressLedger.Violations.Enqueue($"{answer} came instead of {expected}");
    }

    private static async Task UntilAllHaveEndedAsync(IClusterClient client)
    {
        var management = client.GetGrain<IManagementGrain>(0);
        await Eventually.IsTrueAsync(
            async () =>
            {
                await management.ForceActivationCollection(TimeSpan.Zero);
                return (await management.GetSimpleGrainStatistics())
                    .Where(one => one.GrainType.Contains("Busy", StringComparison.Ordinal))
                    .Sum(one => one.ActivationCount) == 0;
            },
            "all activations have ended");
    }

    /// <summary>How the calls of a run have ended.</summary>
    private sealed class Load
    {
        public long Answers;
        public long Failures;
        public long TimeOuts;
        public long Cancellations;
        public long Notes;

        public override string ToString() =>
            $"{Answers:N0} answers ({Notes:N0} one-way), {Failures:N0} failures, {TimeOuts:N0} time-outs, "
            + $"{Cancellations:N0} cancellations";
    }
}
