using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>What is known of a grain class before there is an activation.</summary>
internal sealed class GrainClass
{
    private readonly Lazy<GrainConstructor> _constructor;

    public GrainClass(Type type, GrainType grainType, IServiceProvider services, GrainCollectionOptions collection)
    {
        Class = type;
        GrainType = grainType;
        MetricTag = new KeyValuePair<string, object?>("grain_type", grainType.ToString());
        MayInterleave = InterleavePredicates.Of(type);
        IsFilter = typeof(IIncomingGrainCallFilter).IsAssignableFrom(type);
        HasActivation = !IsInherited(type, nameof(IGrainBase.OnActivateAsync));
        HasDeactivation = !IsInherited(type, nameof(IGrainBase.OnDeactivateAsync));
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        CollectionAge = CollectionAgeOf(type, collection);
        StatisticName = $"{type.FullName},{type.Assembly.GetName().Name}";
        _constructor = new Lazy<GrainConstructor>(() => new GrainConstructor(type, services));
    }

    public Type Class { get; }

    public GrainType GrainType { get; }

    /// <summary>True if the class has an <see cref="IGrainBase.OnActivateAsync"/> that does something.</summary>
    public bool HasActivation { get; }

    /// <summary>True if the class has an <see cref="IGrainBase.OnDeactivateAsync"/> that does something.</summary>
    public bool HasDeactivation { get; }

    public bool IsReentrant { get; }

    /// <summary>Says which calls may run beside others; null if the class does not say.</summary>
    public InterleavePredicate? MayInterleave { get; }

    /// <summary>True if calls go through the grain itself as a filter.</summary>
    public bool IsFilter { get; }

    /// <summary>How many activations a grain may have; 0 for the ordinary one.</summary>
    public int MaxWorkers { get; }

    /// <summary>How long an activation may be idle; null for ever.</summary>
    public TimeSpan? CollectionAge { get; }

    /// <summary>The class as the management grain names it.</summary>
    public string StatisticName { get; }

    /// <summary>What tells the grains of this class from others in metrics.</summary>
    public KeyValuePair<string, object?> MetricTag { get; }

    public object CreateInstance(IGrainContext context) => _constructor.Value.Create(context);

    private static bool IsInherited(Type type, string method)
    {
        var map = type.GetInterfaceMap(typeof(IGrainBase));
        var implementation = map.TargetMethods[Array.FindIndex(map.InterfaceMethods, one => one.Name == method)];
        return implementation.DeclaringType == typeof(Grain) || implementation.DeclaringType == typeof(IGrainBase);
    }

    private static TimeSpan? CollectionAgeOf(Type type, GrainCollectionOptions collection)
    {
        if (type.IsDefined(typeof(KeepAliveAttribute))) return null;
        if (collection.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var configured)) return configured;
        return type.GetCustomAttribute<CollectionAgeLimitAttribute>() switch
        {
            null => collection.CollectionAge,
            { AlwaysActive: true } => null,
            var limit => limit.AgeLimit,
        };
    }
}

/// <summary>Makes the objects of a grain class: facets by their attributes, all else from the activation's services.</summary>
internal sealed class GrainConstructor
{
    private readonly Factory<IGrainContext, object>[] _facets;
    private readonly ObjectFactory _factory;
    private readonly IServiceProvider? _servicesOfNone;

    public GrainConstructor(Type type, IServiceProvider services)
    {
        var all = ConstructorOf(type).GetParameters();
        var parameters = all
            .Select(parameter => (parameter, facet: FacetOf(parameter)))
            .Where(pair => pair.facet is not null)
            .ToArray();
        _facets = [.. parameters.Select(pair => MapperOf(pair.facet!, pair.parameter, services))];
        if (parameters.Length == all.Length) _servicesOfNone = services;
        _factory = ActivatorUtilities.CreateFactory(type, [.. parameters.Select(pair => pair.parameter.ParameterType)]);
    }

    public object Create(IGrainContext context)
    {
        // An activation that nobody asks for services has no scope.
        var services = _servicesOfNone ?? context.ActivationServices;
        return _factory(services, _facets.Length == 0 ? [] : [.. _facets.Select(facet => facet(context))]);
    }

    private static ConstructorInfo ConstructorOf(Type type)
    {
        var constructors = type.GetConstructors();
        return constructors.FirstOrDefault(one => one.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
            ?? constructors.MaxBy(one => one.GetParameters().Length)
            ?? throw new OrleansConfigurationException(
                $"grain class {type} has no public constructor, so the runtime can not make it");
    }

    private static Attribute? FacetOf(ParameterInfo parameter) =>
        parameter.GetCustomAttributes().FirstOrDefault(attribute => attribute is IFacetMetadata);

    private static Factory<IGrainContext, object> MapperOf(
        Attribute facet, ParameterInfo parameter, IServiceProvider services)
    {
        var mapperType = typeof(IAttributeToFactoryMapper<>).MakeGenericType(facet.GetType());
        var mapper = services.GetService(mapperType) ?? throw new OrleansConfigurationException(
            $"constructor argument '{parameter.Name}' of {parameter.Member.DeclaringType}: no service "
            + $"{mapperType} is registered for its attribute {facet.GetType()}");
        var method = mapperType.GetMethod(nameof(IAttributeToFactoryMapper<PersistentStateAttribute>.GetFactory))!;
        return (Factory<IGrainContext, object>)method.Invoke(mapper, [parameter, facet])!;
    }
}
