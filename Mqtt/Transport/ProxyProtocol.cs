using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Weir.Mqtt;

/// <summary>
/// Reads the header by which a load balancer says whose connection it passes on: PROXY protocol, version 2
/// (haproxy.org, proxy-protocol.txt, section 2.2).
/// </summary>
internal sealed class ProxyProtocol(BrokerLog log)
{
    private const int FixedSize = 16;
    private const int LongestHeader = FixedSize + 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Takes the header off and passes the connection on with its client's address; closes it where there is none.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await TakeHeaderAsync(connection, patience.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is InvalidDataException or OperationCanceledException or IOException or ConnectionAbortedException)
        {
            log.ProxyHeaderWrong(connection.RemoteEndPoint?.ToString() ?? "", fault is OperationCanceledException ? "no PROXY header came." : fault.Message);
            connection.Abort();
            return;
        }
        await next(connection).ConfigureAwait(false);
    }

    private static async Task TakeHeaderAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryParse(read.Buffer, out var size, out var source))
            {
                input.AdvanceTo(read.Buffer.GetPosition(size));
                if (source is not null) connection.RemoteEndPoint = source;
                return;
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) throw new InvalidDataException("it ended before its PROXY header did.");
        }
    }

    /// <summary>Reads the header; false where its end has not come yet.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static bool TryParse(in ReadOnlySequence<byte> received, out int size, out IPEndPoint? source)
    {
        size = 0;
        source = null;
        Span<byte> start = stackalloc byte[FixedSize];
        var here = (int)Math.Min(received.Length, FixedSize);
        received.Slice(0, here).CopyTo(start);
        var signature = Math.Min(here, Signature.Length);
        if (!start[..signature].SequenceEqual(Signature[..signature])) throw new InvalidDataException("it does not begin with a PROXY header of version 2.");
        if (here < FixedSize) return false;
        if (start[12] >> 4 != 2) throw new InvalidDataException($"its PROXY header is of version {start[12] >> 4}; 2 is spoken here.");

        size = FixedSize + BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        if (size > LongestHeader) throw new InvalidDataException($"its PROXY header has {size} bytes; {LongestHeader} are allowed.");
        if (received.Length < size) return false;
        var addresses = received.Slice(FixedSize, size - FixedSize).ToArray();
        source = (start[12] & 15, start[13] >> 4) switch
        {
            // The balancer's own connection, such as a health check.
            (0, _) => null,
            (1, 1) when addresses.Length >= 12 => EndPoint(addresses, 4),
            (1, 2) when addresses.Length >= 36 => EndPoint(addresses, 16),
            (1, 0 or 3) => null,
            _ => throw new InvalidDataException("its PROXY header has a command or an address family that does not exist."),
        };
        return true;
    }

    /// <summary>Source address, destination address, source port, destination port.</summary>
    private static IPEndPoint EndPoint(byte[] addresses, int length) =>
        new(new IPAddress(addresses.AsSpan(0, length)), BinaryPrimitives.ReadUInt16BigEndian(addresses.AsSpan(2 * length)));
}
