namespace Orleans;

/// <summary>
/// Marks a type whose values travel in calls. What is passed is copied, field by field, so that caller and grain
/// share nothing that can change.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
    /// <summary>Whether the parameters of a record's primary constructor are members; by default they are.</summary>
    public bool IncludePrimaryConstructorParameters { get; init; } = true;

    /// <summary>Whether members without <see cref="IdAttribute"/> get ids. Copying within a process needs none.</summary>
    public GenerateFieldIds GenerateFieldIds { get; init; }
}

/// <summary>Which members get ids by themselves.</summary>
public enum GenerateFieldIds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Public properties.</summary>
    PublicProperties = 1,
}

/// <summary>The number of a member in the stored form of its type.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method
    | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class IdAttribute(uint id) : Attribute
{
    /// <summary>The number.</summary>
    public uint Id { get; } = id;
}

/// <summary>The name of a type, interface or method in its stored form, which stays when it is renamed in code.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method
    | AttributeTargets.Interface, AllowMultiple = true)]
public sealed class AliasAttribute(string alias) : Attribute
{
    /// <summary>The name.</summary>
    public string Alias { get; } = alias;
}

/// <summary>
/// Promises that values of the type, or what the member or parameter holds, do not change any more once passed on:
/// they are passed by reference instead of copied.
/// </summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Field
    | AttributeTargets.Parameter | AttributeTargets.ReturnValue, Inherited = false)]
public sealed class ImmutableAttribute : Attribute
{
}

/// <summary>The constructor by which values of the type are made.</summary>
[AttributeUsage(AttributeTargets.Constructor)]
public sealed class OrleansConstructorAttribute : Attribute
{
}
