using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>What references need of the silo that made them.</summary>
internal interface IReferenceRuntime
{
    /// <summary>A reference of the same grain and another interface.</summary>
    GrainReference Cast(GrainReference reference, Type interfaceType);

    /// <summary>The filters of calls on their way out; empty if there are none.</summary>
    IOutgoingGrainCallFilter[] OutgoingFilters { get; }

    /// <summary>Sends a call to the grain of a reference. An error goes into the call.</summary>
    void Send(GrainReference reference, GrainCall call);
}
