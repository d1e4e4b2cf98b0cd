using System.Net;
using System.Net.Sockets;

namespace Weir.Mqtt;

/// <summary>
/// Makes guessing slow: each failed login of an address doubles how long the next answer takes, and only a few may wait
/// at one time. Thread-safe. Addresses of IPv6 count by their /64 network, which is what one machine has.
/// </summary>
internal sealed class FailureBrake(TimeSpan first, TimeSpan longest, TimeProvider time)
{
    private const int MostAddresses = 10_000;
    private const int MostWaiting = 16;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Dictionary<IPAddress, Failures> byAddress = [];

    /// <summary>Whether so many failures of this address wait that no more logins are looked at.</summary>
    public bool IsFull(IPAddress? address)
    {
        lock (byAddress) return address is not null && byAddress.TryGetValue(KeyOf(address), out var failures) && failures.Waiting >= MostWaiting;
    }

    /// <summary>A login has failed: waits as long as the address must.</summary>
    public async Task WaitAsync(IPAddress? address, CancellationToken cancellationToken)
    {
        var failures = Note(address ?? IPAddress.None, out var delay);
        try
        {
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (byAddress) failures.Waiting--;
        }
    }

    private Failures Note(IPAddress address, out TimeSpan delay)
    {
        lock (byAddress)
        {
            var key = KeyOf(address);
            var now = time.GetUtcNow();
            if (!byAddress.TryGetValue(key, out var failures) || now - failures.Last > Memory)
            {
                if (byAddress.Count >= MostAddresses) Forget(now);
                failures = byAddress[key] = new Failures { Waiting = failures?.Waiting ?? 0 };
            }
            failures.Last = now;
            failures.Waiting++;
            delay = TimeSpan.FromTicks((long)Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(failures.Count++, 30))));
            return failures;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, failures) in byAddress.ToList())
        {
            if (failures.Waiting == 0 && now - failures.Last > Memory) byAddress.Remove(key);
        }
        // All of them are recent: an attack from everywhere. Those that came first have waited longest.
        if (byAddress.Count >= MostAddresses) byAddress.Remove(byAddress.MinBy(entry => entry.Value.Last).Key);
    }

    private static IPAddress KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Failures
    {
        public int Count { get; set; }

        public int Waiting { get; set; }

        public DateTimeOffset Last { get; set; }
    }
}
