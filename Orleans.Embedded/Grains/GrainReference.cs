using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>
/// A reference to a grain or an observer: an object of its interface that turns each call into a request.
/// Thread-safe; equal to every other reference of the same grain and interface.
/// </summary>
public partial class GrainReference : IAddressable, IEquatable<GrainReference>, ISpanFormattable
{
    private readonly IReferenceRuntime _runtime;
    private CallTarget? _target;

    internal GrainReference(IReferenceRuntime runtime, GrainInterfaceType interfaceType, GrainId grainId)
    {
        _runtime = runtime;
        InterfaceType = interfaceType;
        GrainId = grainId;
    }

    /// <summary>The identity of the grain.</summary>
    public GrainId GrainId { get; }

    /// <summary>The interface.</summary>
    public GrainInterfaceType InterfaceType { get; }

    /// <summary>The interface's name.</summary>
    public virtual string InterfaceName => InterfaceType.ToString();

    /// <summary>This reference as one of another interface.</summary>
    public virtual TGrainInterface Cast<TGrainInterface>() where TGrainInterface : IAddressable =>
        (TGrainInterface)CastTo(typeof(TGrainInterface));

    /// <summary>A hash that is the same in every process.</summary>
    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

    /// <inheritdoc/>
    public bool Equals(GrainReference? other) =>
        ReferenceEquals(this, other)
        || (other is not null && GrainId.Equals(other.GrainId) && InterfaceType.Equals(other.InterfaceType));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <summary>True if both are references of the same grain and interface.</summary>
    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        Equals(reference1, reference2);

    /// <summary>True if grain or interface differs.</summary>
    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) =>
        !Equals(reference1, reference2);

    /// <summary>The grain's identity and the interface.</summary>
    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceType}";

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite($"GrainReference:{GrainId}:{InterfaceType}", out charsWritten);

    /// <summary>What the last call went to, so that the next one need not look it up.</summary>
    internal CallTarget? Target
    {
        get => _target;
        set => _target = value;
    }

    internal object CastTo(Type interfaceType) =>
        interfaceType.IsInstanceOfType(this) ? this : _runtime.Cast(this, interfaceType);
}
