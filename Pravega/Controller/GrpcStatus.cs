namespace Weir.Pravega.Controller;

/// <summary>The status codes of gRPC.</summary>
internal enum GrpcStatus
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>A call ended with a status that is not OK.</summary>
internal sealed class GrpcException(GrpcStatus status, string message, Exception? cause = null) : IOException(message, cause)
{
    public GrpcStatus Status => status;

    /// <summary>Whether the same call may go well a little later. The split is that of Pravega's Java client.</summary>
    public bool IsPassing => status is GrpcStatus.Aborted or GrpcStatus.Cancelled or GrpcStatus.DataLoss
        or GrpcStatus.DeadlineExceeded or GrpcStatus.FailedPrecondition or GrpcStatus.Internal
        or GrpcStatus.ResourceExhausted or GrpcStatus.Unavailable or GrpcStatus.Unknown;
}
