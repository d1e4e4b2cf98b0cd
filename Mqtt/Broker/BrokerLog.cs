using Microsoft.Extensions.Logging;

namespace Weir.Mqtt;

/// <summary>What the broker writes to the log.</summary>
internal sealed partial class BrokerLog(ILogger logger)
{
    /// <summary>Whether coming and going is written: making the text costs more than the rest of it.</summary>
    public bool IsDetailed => logger.IsEnabled(LogLevel.Debug);

    [LoggerMessage(1, LogLevel.Debug, "mqtt: client '{ClientId}' connected from {RemoteEndPoint} with MQTT {Version}.")]
    public partial void Connected(string clientId, string remoteEndPoint, MqttVersion version);

    [LoggerMessage(2, LogLevel.Debug, "mqtt: client '{ClientId}' at {RemoteEndPoint} disconnected.")]
    public partial void Disconnected(string clientId, string remoteEndPoint);

    [LoggerMessage(3, LogLevel.Debug, "mqtt: the connection of client '{ClientId}' at {RemoteEndPoint} was lost: {Cause}")]
    public partial void ConnectionLost(string clientId, string remoteEndPoint, string cause);

    [LoggerMessage(4, LogLevel.Warning, "mqtt: client '{ClientId}' at {RemoteEndPoint} is disconnected ({Reason}): {Fault}")]
    public partial void ProtocolFault(string clientId, string remoteEndPoint, ReasonCode reason, string fault);

    [LoggerMessage(5, LogLevel.Information,
        "mqtt: client '{ClientId}' at {RemoteEndPoint} sent nothing for 1.5 times its keep-alive of {KeepAlive}.")]
    public partial void KeepAliveTimeout(string clientId, string remoteEndPoint, TimeSpan keepAlive);

    [LoggerMessage(6, LogLevel.Warning,
        "mqtt: there are {Limit} connections, which is MaxConnections; the one from {RemoteEndPoint} is closed.")]
    public partial void TooManyConnections(int limit, string remoteEndPoint);

    [LoggerMessage(7, LogLevel.Error,
        "mqtt: the handler failed to accept {Count} messages of client '{ClientId}'; they are not acknowledged.")]
    public partial void HandlerFailed(Exception fault, int count, string clientId);

    [LoggerMessage(8, LogLevel.Error, "mqtt: the will of client '{ClientId}' on '{Topic}' could not be published.")]
    public partial void WillFailed(Exception fault, string clientId, string topic);

    [LoggerMessage(9, LogLevel.Error, "mqtt: delivering messages of client '{ClientId}' failed; its connection is closed.")]
    public partial void DeliveryFailed(Exception fault, string clientId);

    [LoggerMessage(10, LogLevel.Warning, "mqtt: client '{ClientId}', user '{User}', from {Address} is not let in ({Reason}): {Why}.")]
    public partial void LoginRefused(string clientId, string? user, System.Net.IPAddress? address, ReasonCode reason, string why);

    [LoggerMessage(11, LogLevel.Error, "mqtt: whether client '{ClientId}', user '{User}', from {Address} may come in could not be found out.")]
    public partial void AuthenticationFaulted(Exception fault, string clientId, string? user, System.Net.IPAddress? address);

    [LoggerMessage(12, LogLevel.Warning, "mqtt: client '{ClientId}', user '{User}', from {Address} is banned.")]
    public partial void Banned(string clientId, string? user, System.Net.IPAddress? address);

    [LoggerMessage(13, LogLevel.Warning, "mqtt: client '{ClientId}' may not publish on '{Topic}'; further refusals are only counted.")]
    public partial void PublishRefused(string clientId, string topic);

    [LoggerMessage(14, LogLevel.Warning, "mqtt: client '{ClientId}' may not subscribe to '{Filter}'.")]
    public partial void SubscribeRefused(string clientId, string filter);

    [LoggerMessage(15, LogLevel.Error, "mqtt: the journal cannot keep what must be kept; nothing is acknowledged until it can.")]
    public partial void JournalFails(Exception fault);

    [LoggerMessage(16, LogLevel.Error, "mqtt: the broker ends with {Bytes} bytes that the journal has not taken; none of it was acknowledged.")]
    public partial void JournalNotKept(int bytes);

    [LoggerMessage(17, LogLevel.Information, "mqtt: {Sessions} sessions with {Messages} messages and {Retained} retained messages are back.")]
    public partial void Restored(int sessions, long messages, int retained);

    [LoggerMessage(18, LogLevel.Error, "mqtt: telling the journal all anew has failed; it goes on growing until it works.")]
    public partial void CompactionFailed(Exception fault);

    [LoggerMessage(19, LogLevel.Information, "mqtt: client '{ClientId}' was disconnected by an operator.")]
    public partial void Kicked(string clientId);

    [LoggerMessage(20, LogLevel.Warning, "mqtt: the connection from {RemoteEndPoint} is closed: {Fault}")]
    public partial void ProxyHeaderWrong(string remoteEndPoint, string fault);

    [LoggerMessage(21, LogLevel.Warning, "mqtt: there are {Limit} connections from {Address}, which is MaxConnectionsPerAddress; one more is closed.")]
    public partial void TooManyFromAddress(int limit, System.Net.IPAddress address);

    [LoggerMessage(22, LogLevel.Error, "mqtt: no connection can be taken at {Address} just now: {Fault}. It goes on trying.")]
    public partial void AcceptFails(string address, string fault);
}
