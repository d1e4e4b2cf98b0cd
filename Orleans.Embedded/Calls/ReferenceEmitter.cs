using System.Reflection;
using System.Reflection.Emit;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Calls;

/// <summary>
/// Emits the class of the references of an interface. Each method makes a call object, puts the arguments into its
/// fields - copied where they can change - and sends it:
/// <code>
/// Task&lt;int&gt; ICounter.Add(int amount)
/// {
///     var call = (Add_Call)CallPool.Rent(17) ?? new Add_Call();
///     call.A0 = amount;
///     return Send(call);
/// }
/// </code>
/// </summary>
internal static class ReferenceEmitter
{
    private static readonly ConstructorInfo s_baseConstructor = typeof(GrainReference).GetConstructor(
        BindingFlags.Instance | BindingFlags.NonPublic,
        [typeof(IReferenceRuntime), typeof(GrainInterfaceType), typeof(GrainId)])!;

    private static int s_count;

    public static Type Emit(Type interfaceType)
    {
        var module = EmittedAssemblies.For(interfaceType);
        var name = $"{interfaceType.Name.Replace('`', '_')}_{Interlocked.Increment(ref s_count)}";
        var type = module.DefineType(
            $"{name}_Reference", TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.NotPublic,
            typeof(GrainReference), [interfaceType]);
        EmitConstructor(type);
        foreach (var method in MethodsOf(interfaceType))
        {
            var shape = CallShape.Of(interfaceType, method);
            EmitMethod(type, method, shape, CallEmitter.Emit(module, name, interfaceType, method, shape));
        }

        return type.CreateType();
    }

    private static IEnumerable<MethodInfo> MethodsOf(Type interfaceType) =>
        interfaceType.GetInterfaces().Prepend(interfaceType)
            .SelectMany(one => one.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic));

    private static void EmitConstructor(TypeBuilder type)
    {
        var constructor = type.DefineConstructor(
            MethodAttributes.Public, CallingConventions.HasThis,
            [typeof(IReferenceRuntime), typeof(GrainInterfaceType), typeof(GrainId)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Call, s_baseConstructor);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitMethod(TypeBuilder type, MethodInfo method, CallShape shape, EmittedCall call)
    {
        var builder = type.DefineMethod(
            $"{method.DeclaringType!.Name}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.NewSlot
            | MethodAttributes.HideBySig);
        var generics = GenericParameters.Define(method, builder.DefineGenericParameters);
        var parameters = method.GetParameters();
        builder.SetReturnType(generics.Map(method.ReturnType));
        builder.SetParameters([.. parameters.Select(parameter => generics.Map(parameter.ParameterType))]);

        var il = builder.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        EmitNew(il, call, generics);
        for (var i = 0; i < parameters.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, i + 1);
            EmitCopy(il, parameters[i], generics);
            il.Emit(OpCodes.Stfld, call.Field(i, generics));
        }

        il.Emit(OpCodes.Call, shape.Send(generics));
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(builder, method);
    }

    private static void EmitNew(ILGenerator il, EmittedCall call, GenericParameters generics)
    {
        var made = il.DefineLabel();
        if (call.Description.IsPooled)
        {
            // What is pooled under the number is of the class: it need not be asked.
            il.Emit(OpCodes.Ldc_I4, call.Description.Number);
            il.Emit(OpCodes.Call, typeof(CallPool).GetMethod(nameof(CallPool.Rent))!);
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Brtrue, made);
            il.Emit(OpCodes.Pop);
        }

        il.Emit(OpCodes.Newobj, call.Constructor(generics));
        il.MarkLabel(made);
    }

    private static void EmitCopy(ILGenerator il, ParameterInfo parameter, GenericParameters generics)
    {
        if (parameter.IsDefined(typeof(ImmutableAttribute)) || Immutability.IsImmutable(parameter.ParameterType)) return;
        var copy = typeof(DeepCopy<>).MakeGenericType(generics.Map(parameter.ParameterType));
        var method = typeof(DeepCopy<>).GetMethod(nameof(DeepCopy<int>.Of))!;
        il.Emit(OpCodes.Call, copy.ContainsGenericParameters
            ? TypeBuilder.GetMethod(copy, method)
            : copy.GetMethod(nameof(DeepCopy<int>.Of))!);
    }
}
