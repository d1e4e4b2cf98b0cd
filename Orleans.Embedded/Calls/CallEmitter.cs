using System.Reflection;
using System.Reflection.Emit;

namespace Orleans.Calls;

/// <summary>
/// Emits the class of the calls of one method:
/// <code>
/// sealed class Add_Call : TaskCall&lt;int&gt;
/// {
///     public int A0;
///     public override CallDescription Description => CallDescription.Get(17);
///     public override Task&lt;int&gt; Invoke(object grain) => ((ICounter)grain).Add(A0);
///     public override object GetArgument(int index) => index == 0 ? A0 : base.GetArgument(index);
///     public override void SetArgument(int index, object value) { if (index == 0) A0 = (int)value; else ...; }
///     protected override void ClearArguments() => A0 = default;
/// }
/// </code>
/// </summary>
internal static class CallEmitter
{
    private const MethodAttributes Override =
        MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig | MethodAttributes.Final;

    public static EmittedCall Emit(
        ModuleBuilder module, string prefix, Type interfaceType, MethodInfo method, CallShape shape)
    {
        var number = CallDescription.Add(interfaceType, method);
        var type = module.DefineType(
            $"{prefix}_{method.Name}_{number}_Call", TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.NotPublic);
        var generics = GenericParameters.Define(method, type.DefineGenericParameters);
        var baseType = shape.Base(generics);
        type.SetParent(baseType);

        var fields = method.GetParameters()
            .Select((parameter, i) => type.DefineField($"A{i}", generics.Map(parameter.ParameterType), FieldAttributes.Public))
            .ToArray();
        var constructor = EmitConstructor(type, baseType, shape.BaseConstructor);
        EmitDescription(type, number);
        EmitInvoke(type, method, shape, generics, fields);
        EmitCancellation(type, fields);
        ArgumentsEmitter.Emit(type, [.. fields.Select(field => EmittedCall.Own(type, field, generics))]);
        type.CreateType();
        return new EmittedCall(type, constructor, fields, CallDescription.Get(number));
    }

    private static ConstructorBuilder EmitConstructor(
        TypeBuilder type, Type baseType, ConstructorInfo baseConstructor)
    {
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, Type.EmptyTypes);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, OnBase(baseType, baseConstructor));
        il.Emit(OpCodes.Ret);
        return constructor;
    }

    private static ConstructorInfo OnBase(Type baseType, ConstructorInfo constructor)
    {
        if (!baseType.IsGenericType) return constructor;
        return baseType.ContainsGenericParameters
            ? TypeBuilder.GetConstructor(baseType, constructor)
            : baseType.GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!;
    }

    private static void EmitDescription(TypeBuilder type, int number)
    {
        var getter = type.DefineMethod(
            $"get_{nameof(GrainCall.Description)}", Override | MethodAttributes.SpecialName, typeof(CallDescription), null);
        var il = getter.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4, number);
        il.Emit(OpCodes.Call, typeof(CallDescription).GetMethod(nameof(CallDescription.Get))!);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitInvoke(
        TypeBuilder type, MethodInfo method, CallShape shape, GenericParameters generics, FieldBuilder[] fields)
    {
        var invoke = type.DefineMethod(shape.Invoke.Name, Override, generics.Map(method.ReturnType), [typeof(object)]);
        var il = invoke.GetILGenerator();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var field in fields)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, EmittedCall.Own(type, field, generics));
        }

        il.Emit(OpCodes.Callvirt, generics.IsEmpty ? method : method.MakeGenericMethod(generics.Types));
        il.Emit(OpCodes.Ret);
    }

    private static void EmitCancellation(TypeBuilder type, FieldBuilder[] fields)
    {
        if (Array.Find(fields, field => field.FieldType == typeof(CancellationToken)) is not { } token) return;
        var getter = type.DefineMethod(
            $"get_{nameof(GrainCall.Cancellation)}", Override | MethodAttributes.SpecialName,
            typeof(CancellationToken), null);
        var il = getter.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, type.IsGenericTypeDefinition
            ? TypeBuilder.GetField(type.MakeGenericType(type.GetGenericArguments()), token)
            : token);
        il.Emit(OpCodes.Ret);
    }
}

/// <summary>An emitted class of calls, as the methods of references use it.</summary>
internal sealed class EmittedCall(
    TypeBuilder type, ConstructorBuilder constructor, FieldBuilder[] fields, CallDescription description)
{
    public CallDescription Description { get; } = description;

    /// <summary>A field as the methods of its own class refer to it.</summary>
    public static FieldInfo Own(TypeBuilder type, FieldBuilder field, GenericParameters generics) =>
        generics.IsEmpty ? field : TypeBuilder.GetField(type.MakeGenericType(generics.Types), field);

    public ConstructorInfo Constructor(GenericParameters generics) =>
        generics.IsEmpty ? constructor : TypeBuilder.GetConstructor(type.MakeGenericType(generics.Types), constructor);

    public FieldInfo Field(int index, GenericParameters generics) =>
        generics.IsEmpty ? fields[index] : TypeBuilder.GetField(type.MakeGenericType(generics.Types), fields[index]);
}
