using System.Collections.Concurrent;
using System.Linq.Expressions;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>Makes references of any grain interface; the class for one is emitted when it is first needed.</summary>
internal static class ReferenceFactory
{
    // Emitted classes know nothing of the silo, so all silos of a process share them.
    private static readonly ConcurrentDictionary<Type, Lazy<Entry>> s_entries = new();
    private static readonly ConcurrentDictionary<GrainInterfaceType, Type> s_interfaces = new();

    // A dynamic module takes one definition at a time.
    private static readonly Lock s_emitting = new();

    private delegate GrainReference Constructor(
        IReferenceRuntime runtime, GrainInterfaceType interfaceType, GrainId grainId);

    public static GrainReference Create(IReferenceRuntime runtime, Type interfaceType, GrainId grainId)
    {
        var entry = s_entries.GetOrAdd(interfaceType, static type => new Lazy<Entry>(() => Emit(type))).Value;
        return entry.Create(runtime, entry.InterfaceType, grainId);
    }

    public static GrainReference Create(IReferenceRuntime runtime, GrainInterfaceType interfaceType, GrainId grainId) =>
        s_interfaces.TryGetValue(interfaceType, out var type)
            ? Create(runtime, type, grainId)
            : throw new ArgumentException($"interface type '{interfaceType}' is that of no reference made so far");

    private static Entry Emit(Type interfaceType)
    {
        if (!interfaceType.IsInterface || interfaceType.ContainsGenericParameters)
        {
            throw new ArgumentException($"{interfaceType} is not an interface that a reference can have");
        }

        var name = GrainInterfaceType.Create(interfaceType.ToString());
        s_interfaces.TryAdd(name, interfaceType);
        Type emitted;
        lock (s_emitting) emitted = ReferenceEmitter.Emit(interfaceType);
        var constructor = emitted.GetConstructors()[0];
        var parameters = Array.ConvertAll(
            constructor.GetParameters(), parameter => Expression.Parameter(parameter.ParameterType));
        var create = Expression.Lambda<Constructor>(Expression.New(constructor, parameters), parameters).Compile();
        return new Entry(name, create);
    }

    private sealed record Entry(GrainInterfaceType InterfaceType, Constructor Create);
}
