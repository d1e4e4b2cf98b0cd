using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>What is known of a grain interface's method before any call of it.</summary>
internal sealed class CallDescription
{
    private static readonly Lock s_gate = new();
    private static CallDescription[] s_all = [];
    private readonly string _text;

    private CallDescription(int number, Type interfaceType, MethodInfo method)
    {
        var parameters = method.GetParameters();
        Number = number;
        InterfaceType = interfaceType;
        Method = method;
        IsOneWay = method.IsDefined(typeof(OneWayAttribute)) || method.ReturnType == typeof(void);
        Interleaving = method.IsDefined(typeof(AlwaysInterleaveAttribute)) ? Interleaving.Always
            : method.IsDefined(typeof(ReadOnlyAttribute)) ? Interleaving.ReadOnly
            : Interleaving.Never;
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        CopiesResult = !method.ReturnParameter.IsDefined(typeof(ImmutableAttribute));
        ExtensionType = typeof(IGrainExtension).IsAssignableFrom(interfaceType) ? interfaceType : null;
        TakesToken = Array.Exists(parameters, parameter => parameter.ParameterType == typeof(CancellationToken));
        ArgumentCount = parameters.Length;

        // A token may still hold the call when it is over; the classes of generic methods share their number.
        IsPooled = !TakesToken && !method.IsGenericMethodDefinition;
        MethodName = method.IsGenericMethodDefinition
            ? $"{method.Name}<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
            : method.Name;
        InterfaceName = TypeText.FullName(method.DeclaringType!);
        ActivityName = $"{TypeText.Name(method.DeclaringType!)}/{MethodName}";
        _text = $"{interfaceType.FullName ?? interfaceType.Name}.{method.Name}";
    }

    /// <summary>By which emitted code and the pool know the method.</summary>
    public int Number { get; }

    public Type InterfaceType { get; }

    public MethodInfo Method { get; }

    public bool IsOneWay { get; }

    public Interleaving Interleaving { get; }

    public TimeSpan? ResponseTimeout { get; }

    public bool CopiesResult { get; }

    public bool TakesToken { get; }

    public int ArgumentCount { get; }

    /// <summary>True if the call objects serve again.</summary>
    public bool IsPooled { get; }

    /// <summary>The name of the method as code writes it.</summary>
    public string MethodName { get; }

    /// <summary>The full name of the interface as code writes it.</summary>
    public string InterfaceName { get; }

    /// <summary>The call as traces name it: interface without namespace, and method.</summary>
    public string ActivityName { get; }

    /// <summary>The interface if it is answered by an extension instead of the grain's own object.</summary>
    public Type? ExtensionType { get; }

    /// <summary>Keeps a description; emitted code finds it by the number that it gets.</summary>
    public static int Add(Type interfaceType, MethodInfo method)
    {
        lock (s_gate)
        {
            var number = s_all.Length;
            s_all = [.. s_all, new CallDescription(number, interfaceType, method)];
            return number;
        }
    }

    /// <summary>Called by emitted code.</summary>
    public static CallDescription Get(int number) => s_all[number];

    public override string ToString() => _text;
}
