using System.Reflection;

namespace Orleans.Runtime;

/// <summary>The assemblies that may hold grains: those that reference this one, loaded or referenced by loaded ones.</summary>
internal static class ApplicationAssemblies
{
    private static readonly string s_own = typeof(ApplicationAssemblies).Assembly.GetName().Name!;

    public static IReadOnlyList<Assembly> All()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<Assembly> { typeof(ApplicationAssemblies).Assembly };
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(one => !one.IsDynamic));
        if (Assembly.GetEntryAssembly() is { } entry) open.Enqueue(entry);
        while (open.TryDequeue(out var assembly))
        {
            if (assembly.FullName is null || !seen.Add(assembly.FullName)) continue;
            var references = assembly.GetReferencedAssemblies();
            if (Array.Exists(references, reference => reference.Name == s_own)) found.Add(assembly);
            if (IsFramework(assembly.GetName().Name!)) continue;
            foreach (var reference in references)
            {
                if (!IsFramework(reference.Name!) && !seen.Contains(reference.FullName) && Load(reference) is { } loaded)
                {
                    open.Enqueue(loaded);
                }
            }
        }

        return found;
    }

    private static bool IsFramework(string name) =>
        name is "mscorlib" or "netstandard" or "System" || name.StartsWith("System.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Assembly? Load(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            // A reference that is not deployed: nothing of it can be called.
            return null;
        }
    }
}
