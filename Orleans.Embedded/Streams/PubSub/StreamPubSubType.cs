namespace Orleans.Streams;

/// <summary>The kinds of subscriptions that a provider has.</summary>
public enum StreamPubSubType
{
    /// <summary>Explicit and implicit ones.</summary>
    ExplicitGrainBasedAndImplicit = 0,

    /// <summary>Explicit ones only.</summary>
    ExplicitGrainBasedOnly = 1,

    /// <summary>Implicit ones only: no store of subscriptions is needed.</summary>
    ImplicitOnly = 2,
}
