using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace System.Runtime.CompilerServices
{
    /// <summary>Lets an assembly use what is internal in another; the runtime knows the attribute by its name.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}

namespace Orleans.Calls
{
    /// <summary>
    /// The assemblies that emitted classes are in: one for each set of assemblies whose types it uses, because those
    /// may be internal and the permission to use them is given when an assembly is made.
    /// </summary>
    internal static class EmittedAssemblies
    {
        private static readonly ConcurrentDictionary<string, Lazy<ModuleBuilder>> s_modules = new();

        public static ModuleBuilder For(Type interfaceType)
        {
            var names = new SortedSet<string>(StringComparer.Ordinal) { typeof(EmittedAssemblies).Assembly.GetName().Name! };
            foreach (var one in interfaceType.GetInterfaces().Prepend(interfaceType))
            {
                AddNames(one, names);
                foreach (var method in one.GetMethods())
                {
                    AddNames(method.ReturnType, names);
                    foreach (var parameter in method.GetParameters()) AddNames(parameter.ParameterType, names);
                }
            }

            return s_modules.GetOrAdd(
                string.Join('+', names), key => new Lazy<ModuleBuilder>(() => Create(key, names))).Value;
        }

        private static void AddNames(Type type, SortedSet<string> names)
        {
            names.Add(type.Assembly.GetName().Name!);
            foreach (var argument in type.GetGenericArguments()) AddNames(argument, names);
        }

        private static ModuleBuilder Create(string key, IEnumerable<string> names)
        {
            var assembly = AssemblyBuilder.DefineDynamicAssembly(
                new AssemblyName($"Orleans.Embedded.Emitted.{key}"), AssemblyBuilderAccess.Run);
            var permission = typeof(IgnoresAccessChecksToAttribute).GetConstructors()[0];
            foreach (var name in names) assembly.SetCustomAttribute(new CustomAttributeBuilder(permission, [name]));
            return assembly.DefineDynamicModule("Emitted");
        }
    }
}
