using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>The grain classes of the application: which implements an interface, and which has a grain type.</summary>
internal sealed class GrainCatalog(IServiceProvider services, IOptions<GrainCollectionOptions> collection)
{
    private readonly Lazy<Candidate[]> _candidates = new(FindCandidates);
    private readonly ConcurrentDictionary<GrainType, GrainClass> _classes = new();
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainClass> _implementations = new();
    private readonly ConcurrentDictionary<Type, GrainClass> _byType = new();

    /// <summary>All classes that are not generic.</summary>
    public IEnumerable<GrainClass> OrdinaryClasses =>
        _candidates.Value.Where(candidate => !candidate.Class.IsGenericTypeDefinition)
            .Select(candidate => Add(candidate.Class));

    /// <summary>Finds the classes and checks that their grain types differ, so that the start tells and not a call.</summary>
    /// <exception cref="OrleansConfigurationException">Two classes have the same grain type.</exception>
    public void Check() => _ = OrdinaryClasses.Count();

    /// <summary>The class that implements an interface.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one to choose from.</exception>
    public GrainClass Implementing(Type interfaceType, string? classNamePrefix) =>
        _implementations.GetOrAdd((interfaceType, NullIfEmpty(classNamePrefix)), Find);

    /// <summary>The class of a grain type.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public GrainClass OfType(GrainType grainType)
    {
        if (_classes.TryGetValue(grainType, out var known)) return known;
        foreach (var candidate in _candidates.Value)
        {
            if (!candidate.Class.IsGenericTypeDefinition && GrainTypeNames.Of(candidate.Class) == grainType)
            {
                return Add(candidate.Class);
            }
        }

        throw new ArgumentException($"grain type '{grainType}' is that of no grain class in this process");
    }

    private GrainClass Add(Type type) => _byType.GetOrAdd(type, Create);

    private GrainClass Create(Type type)
    {
        var created = new GrainClass(type, GrainTypeNames.Of(type), services, collection.Value);
        var kept = _classes.GetOrAdd(created.GrainType, created);
        return kept.Class == type
            ? created
            : throw new OrleansConfigurationException(
                $"grain classes {kept.Class} and {type} have the same grain type '{created.GrainType}': "
                + "name one of them with [GrainType]");
    }

    private GrainClass Find((Type Interface, string? Prefix) key)
    {
        var matches = _candidates.Value
            .Select(candidate => (Definition: candidate.Class, Class: candidate.Implementing(key.Interface)))
            .Where(match => match.Class is not null
                && (key.Prefix is null || match.Definition.FullName!.StartsWith(key.Prefix, StringComparison.Ordinal)))
            .Select(match => match.Class!)
            .ToArray();
        return matches switch
        {
            [] => throw new ArgumentException(
                $"no grain class in this process implements {key.Interface}"
                + (key.Prefix is null ? "" : $" and has a full name that begins with '{key.Prefix}'")),
            [var only] => Add(only),
            _ => Add(Preferred(matches, key.Interface, key.Prefix)),
        };
    }

    private static Type Preferred(Type[] matches, Type interfaceType, string? prefix)
    {
        // As in Orleans: the class with exactly the given name, or else IName -> Name.
        var name = prefix ?? interfaceType.Name[1..];
        var preferred = Array.Find(matches, match => (prefix is null ? match.Name : match.FullName) == name);
        return preferred ?? throw new ArgumentException(
            $"several grain classes implement {interfaceType}: {string.Join(", ", matches.Select(match => match.FullName))}. "
            + "Give the beginning of the full name of one of them as grainClassNamePrefix");
    }

    private static string? NullIfEmpty(string? prefix) => string.IsNullOrWhiteSpace(prefix) ? null : prefix;

    private static Candidate[] FindCandidates() =>
        [.. ApplicationAssemblies.All().SelectMany(TypesOf).Where(IsGrainClass).Select(type => new Candidate(type))];

    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            // Types that need an assembly which is not there can not be grains that anybody calls.
            return exception.Types.OfType<Type>();
        }
    }

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false } && typeof(IGrainBase).IsAssignableFrom(type)
        && typeof(IGrain).IsAssignableFrom(type);

    /// <summary>A class, or the definition of a generic one.</summary>
    private sealed class Candidate(Type type)
    {
        private readonly Type[] _interfaces =
            [.. type.GetInterfaces().Where(one => typeof(IAddressable).IsAssignableFrom(one))];

        public Type Class { get; } = type;

        /// <summary>The class, closed as the interface asks for it; null if it does not implement the interface.</summary>
        public Type? Implementing(Type interfaceType)
        {
            if (!Class.IsGenericTypeDefinition) return Array.IndexOf(_interfaces, interfaceType) >= 0 ? Class : null;
            if (!interfaceType.IsConstructedGenericType) return null;
            var definition = interfaceType.GetGenericTypeDefinition();
            return _interfaces
                .Where(one => one.IsGenericType && one.GetGenericTypeDefinition() == definition)
                .Select(one => Close(one, interfaceType))
                .FirstOrDefault(closed => closed is not null);
        }

        private Type? Close(Type open, Type closed)
        {
            var parameters = Class.GetGenericArguments();
            var arguments = new Type?[parameters.Length];
            foreach (var (of, to) in open.GetGenericArguments().Zip(closed.GetGenericArguments()))
            {
                if (of.IsGenericParameter) arguments[of.GenericParameterPosition] = to;
                else if (of != to) return null;
            }

            if (Array.Exists(arguments, argument => argument is null)) return null;
            try
            {
                return Class.MakeGenericType(arguments!);
            }
            catch (ArgumentException)
            {
                // A constraint of the class excludes these arguments.
                return null;
            }
        }
    }
}
