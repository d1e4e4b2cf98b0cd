namespace Orleans.Providers.Streams.Common;

/// <summary>The commands that a stream provider takes.</summary>
public enum PersistentStreamProviderCommand
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Begins to read the queues.</summary>
    StartAgents = 1,

    /// <summary>Ends reading the queues.</summary>
    StopAgents = 2,

    /// <summary>Gives whether the queues are read.</summary>
    GetAgentsState = 3,

    /// <summary>Gives how many queues are read.</summary>
    GetNumberRunningAgents = 4,

    /// <summary>The first command that goes to the adapter.</summary>
    AdapterCommandStartRange = 10000,

    /// <summary>The last command that goes to the adapter.</summary>
    AdapterCommandEndRange = 19999,

    /// <summary>The first command that goes to the factory.</summary>
    AdapterFactoryCommandStartRange = 20000,

    /// <summary>The last command that goes to the factory.</summary>
    AdapterFactoryCommandEndRange = 29999,
}
