using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Providers;

namespace Orleans.Runtime;

/// <inheritdoc cref="IManagementGrain"/>
[Reentrant]
internal sealed class ManagementGrain(Silo silo, ILocalSiloDetails details) : Grain, IManagementGrain
{
    public Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive)
    {
        var isShown = !onlyActive || silo.Status == SiloStatus.Active;
        return Task.FromResult<Dictionary<SiloAddress, SiloStatus>>(
            isShown ? new() { [details.SiloAddress] = silo.Status } : []);
    }

    public Task ForceGarbageCollection(SiloAddress[] hostsIds)
    {
        if (IsMeant(hostsIds)) GC.Collect();
        return Task.CompletedTask;
    }

    public Task ForceActivationCollection(SiloAddress[] hostsIds, TimeSpan ageLimit) =>
        IsMeant(hostsIds) ? ForceActivationCollection(ageLimit) : Task.CompletedTask;

    public Task ForceActivationCollection(TimeSpan ageLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ageLimit, TimeSpan.Zero);
        return silo.CollectIdleAsync(ageLimit);
    }

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics(SiloAddress[] hostsIds) =>
        IsMeant(hostsIds) ? GetSimpleGrainStatistics() : Task.FromResult<SimpleGrainStatistic[]>([]);

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult<SimpleGrainStatistic[]>(
    [
        .. silo.Activations.CountBy(activation => activation.GrainClass.StatisticName)
            .Select(pair => new SimpleGrainStatistic
            {
                GrainType = pair.Key, SiloAddress = details.SiloAddress, ActivationCount = pair.Value,
            }),
    ]);

    public Task<DetailedGrainStatistic[]> GetDetailedGrainStatistics(string[]? types, SiloAddress[]? hostsIds) =>
        Task.FromResult<DetailedGrainStatistic[]>(
        [
            .. (IsMeant(hostsIds) ? silo.Activations : [])
                .Where(activation => types is null or [] || types.Contains(activation.GrainClass.StatisticName))
                .Select(activation => new DetailedGrainStatistic
                {
                    GrainType = activation.GrainClass.StatisticName,
                    SiloAddress = details.SiloAddress,
                    GrainId = activation.GrainId,
                }),
        ]);

    public Task<int> GetGrainActivationCount(GrainReference grainReference)
    {
        ArgumentNullException.ThrowIfNull(grainReference);
        return Task.FromResult(silo.Activations.Count(activation => activation.GrainId == grainReference.GrainId));
    }

    public Task<int> GetTotalActivationCount() => Task.FromResult(silo.Activations.Count());

    public async Task<object[]> SendControlCommandToProvider<T>(string providerName, int command, object? arg)
        where T : IControllable
    {
        var provider = ServiceProvider.GetKeyedServices<IControllable>(providerName)
            .FirstOrDefault(one => one.GetType() == typeof(T));
        return provider is null
            ? throw new ArgumentException(
                $"provider '{providerName}' is not of class {typeof(T)}, is not registered, or takes no commands", nameof(providerName))
            : [await provider.ExecuteCommand(command, arg!)];
    }

    public ValueTask<SiloAddress?> GetActivationAddress(IAddressable reference)
    {
        var id = reference.GetGrainId();
        return ValueTask.FromResult(
            silo.Activations.Any(activation => activation.GrainId == id) ? details.SiloAddress : null);
    }

    public ValueTask<List<GrainId>> GetActiveGrains(GrainType type) => ValueTask.FromResult<List<GrainId>>(
        [.. silo.Activations.Where(activation => activation.GrainClass.GrainType == type)
            .Select(activation => activation.GrainId).Distinct()]);

    private bool IsMeant(SiloAddress[]? hostsIds) => hostsIds is null || hostsIds.Contains(details.SiloAddress);
}
