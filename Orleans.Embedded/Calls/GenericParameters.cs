using System.Reflection;
using System.Reflection.Emit;

namespace Orleans.Calls;

/// <summary>The type parameters of an emitted method or class that stand for those of a generic grain method.</summary>
internal sealed class GenericParameters
{
    private readonly GenericTypeParameterBuilder[] _parameters;

    private GenericParameters(GenericTypeParameterBuilder[] parameters) => _parameters = parameters;

    public bool IsEmpty => _parameters.Length == 0;

    public Type[] Types => _parameters;

    /// <summary>Defines the parameters with the same names and constraints.</summary>
    public static GenericParameters Define(MethodInfo method, Func<string[], GenericTypeParameterBuilder[]> define)
    {
        if (!method.IsGenericMethodDefinition) return new GenericParameters([]);
        var originals = method.GetGenericArguments();
        var result = new GenericParameters(define([.. originals.Select(original => original.Name)]));
        foreach (var (original, parameter) in originals.Zip(result._parameters))
        {
            parameter.SetGenericParameterAttributes(
                original.GenericParameterAttributes & GenericParameterAttributes.SpecialConstraintMask);
            var constraints = original.GetGenericParameterConstraints();
            if (Array.Find(constraints, constraint => !constraint.IsInterface) is { } baseType)
            {
                parameter.SetBaseTypeConstraint(result.Map(baseType));
            }

            parameter.SetInterfaceConstraints(
                [.. constraints.Where(constraint => constraint.IsInterface).Select(result.Map)]);
        }

        return result;
    }

    /// <summary>The type with the method's own type parameters replaced.</summary>
    public Type Map(Type type)
    {
        if (IsEmpty || !type.ContainsGenericParameters) return type;
        if (type.IsGenericMethodParameter) return _parameters[type.GenericParameterPosition];
        if (type.IsSZArray) return Map(type.GetElementType()!).MakeArrayType();
        if (type.IsArray) return Map(type.GetElementType()!).MakeArrayType(type.GetArrayRank());
        return type.GetGenericTypeDefinition().MakeGenericType([.. type.GetGenericArguments().Select(Map)]);
    }
}
