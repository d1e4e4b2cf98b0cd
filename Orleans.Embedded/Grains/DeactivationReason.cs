namespace Orleans;

/// <summary>Why an activation ends. Immutable.</summary>
public readonly struct DeactivationReason
{
    /// <summary>A reason.</summary>
    public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text)
    {
    }

    /// <summary>A reason with the error behind it.</summary>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>The kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>The reason in words.</summary>
    public string Description { get; }

    /// <summary>The error behind it, if there is one.</summary>
    public Exception? Exception { get; }

    /// <summary>Kind, words and error.</summary>
    public override string ToString() =>
        Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description}. Exception: {Exception}";
}

/// <summary>The kinds of reasons for which activations end.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason was given.</summary>
    None = 0,

    /// <summary>The silo stops.</summary>
    ShuttingDown = 1,

    /// <summary>The activation could not be set up.</summary>
    ActivationFailed = 2,

    /// <summary>The grain directory failed. Not used by the embedded silo.</summary>
    DirectoryFailure = 3,

    /// <summary>The activation was idle longer than its collection age.</summary>
    ActivationIdle = 4,

    /// <summary>The activation does not respond.</summary>
    ActivationUnresponsive = 5,

    /// <summary>Another activation of the grain was first. Not used by the embedded silo.</summary>
    DuplicateActivation = 6,

    /// <summary>A request needs another version of the grain. Not used by the embedded silo.</summary>
    IncompatibleRequest = 7,

    /// <summary>The grain's own code failed.</summary>
    ApplicationError = 8,

    /// <summary>The grain's own code asked for it.</summary>
    ApplicationRequested = 9,

    /// <summary>The grain moves to another silo. Not used by the embedded silo.</summary>
    Migrating = 10,

    /// <summary>The runtime asked for it.</summary>
    RuntimeRequested = 11,

    /// <summary>Memory is short.</summary>
    HighMemoryPressure = 12,
}
