using System.Reflection;
using System.Reflection.Emit;

namespace Orleans.Calls;

/// <summary>Emits the ways to the arguments of a call that go by number instead of by name.</summary>
internal static class ArgumentsEmitter
{
    public static void Emit(TypeBuilder type, FieldInfo[] fields)
    {
        if (fields.Length == 0) return;
        EmitByIndex(type, fields, nameof(GrainCall.GetArgument), typeof(object), [typeof(int)], EmitGet);
        EmitByIndex(type, fields, nameof(GrainCall.SetArgument), typeof(void), [typeof(int), typeof(object)], EmitSet);
        EmitClear(type, fields);
    }

    private static void EmitGet(ILGenerator il, FieldInfo field)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, field);
        il.Emit(OpCodes.Box, field.FieldType);
    }

    private static void EmitSet(ILGenerator il, FieldInfo field)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Unbox_Any, field.FieldType);
        il.Emit(OpCodes.Stfld, field);
    }

    private static void EmitByIndex(
        TypeBuilder type, FieldInfo[] fields, string name, Type result, Type[] parameters,
        Action<ILGenerator, FieldInfo> emitCase)
    {
        var overridden = typeof(GrainCall).GetMethod(name)!;
        var method = type.DefineMethod(
            name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, result, parameters);
        var il = method.GetILGenerator();
        var labels = Array.ConvertAll(fields, _ => il.DefineLabel());
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Switch, labels);
        for (var i = 0; i <= parameters.Length; i++) il.Emit(OpCodes.Ldarg, i);
        il.Emit(OpCodes.Call, overridden);
        il.Emit(OpCodes.Ret);
        for (var i = 0; i < fields.Length; i++)
        {
            il.MarkLabel(labels[i]);
            emitCase(il, fields[i]);
            il.Emit(OpCodes.Ret);
        }
    }

    private static void EmitClear(TypeBuilder type, FieldInfo[] fields)
    {
        var method = type.DefineMethod(
            "ClearArguments", MethodAttributes.Family | MethodAttributes.Virtual | MethodAttributes.HideBySig,
            typeof(void), null);
        var il = method.GetILGenerator();
        foreach (var field in fields)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Initobj, field.FieldType);
        }

        il.Emit(OpCodes.Ret);
    }
}
