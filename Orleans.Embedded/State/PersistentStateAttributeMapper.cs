using System.Reflection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Makes the arguments that bear <see cref="PersistentStateAttribute"/>.</summary>
internal sealed class PersistentStateAttributeMapper(IPersistentStateFactory states)
    : IAttributeToFactoryMapper<PersistentStateAttribute>
{
    private static readonly MethodInfo s_create =
        typeof(IPersistentStateFactory).GetMethod(nameof(IPersistentStateFactory.Create))!;

    public Factory<IGrainContext, object> GetFactory(ParameterInfo parameter, PersistentStateAttribute metadata)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(metadata);
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new OrleansConfigurationException(
                $"constructor argument '{parameter.Name}' of {parameter.Member.DeclaringType} has [PersistentState], "
                + $"so it must be an IPersistentState<T>, but is {type}");
        }

        IPersistentStateConfiguration config = string.IsNullOrEmpty(metadata.StateName)
            ? new PersistentStateAttribute(parameter.Name!, metadata.StorageName)
            : metadata;
        var create = s_create.MakeGenericMethod(type.GetGenericArguments())
            .CreateDelegate<Func<IGrainContext, IPersistentStateConfiguration, object>>(states);
        return context => create(context, config);
    }
}
