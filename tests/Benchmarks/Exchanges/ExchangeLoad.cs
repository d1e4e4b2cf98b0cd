using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Weir.Archive;

namespace Weir.Benchmarks;

/// <summary>
/// Telemetry as JSON, about 100 bytes with its topic: fifty machines whose readings walk a little from message to
/// message. The pool is larger than a row group, so that a repeat is never near enough to be compressed away.
/// </summary>
internal sealed class ExchangeLoad
{
    private const int Machines = 50;
    private const int PoolSize = 400_000;

    private readonly InboundMessage[] pool;
    private readonly long microsPerMessage;
    private int next;

    public ExchangeLoad(int messages, int batch, long microsPerMessage)
    {
        Messages = messages;
        Batch = batch;
        this.microsPerMessage = microsPerMessage;
        pool = Generate();
        var poolBytes = pool.Sum(message => (long)message.Topic.Length + message.Payload.Length);
        Bytes = (long)((double)poolBytes / pool.Length * messages);
        // The times lie in the past, since no message may come from the future.
        FirstMicros = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond - messages * microsPerMessage;
    }

    public int Messages { get; }

    public int Batch { get; }

    /// <summary>Bytes of all topics and payloads.</summary>
    public long Bytes { get; }

    public long FirstMicros { get; }

    /// <summary>Fills a batch; false when all messages are handed out. May be called from any thread.</summary>
    public bool TryNext(InboundMessage[] batch, out int count)
    {
        var from = Interlocked.Add(ref next, batch.Length) - batch.Length;
        count = Math.Clamp(Messages - from, 0, batch.Length);
        for (var i = 0; i < count; i++)
            batch[i] = pool[(from + i) % PoolSize] with { ReceivedMicros = FirstMicros + (from + i) * microsPerMessage };
        return count > 0;
    }

    /// <summary>Appends the same bytes in the same batches to a plain file, and puts them on the device at the end.</summary>
    /// <returns>Messages in a second: what this machine's file system can do at most.</returns>
    public double AppendToFile(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var buffer = new byte[1 << 20];
        var position = 0L;
        var start = Stopwatch.GetTimestamp();
        for (var at = 0; at < Messages; at += Batch)
        {
            var length = 0;
            for (var i = at; i < Math.Min(at + Batch, Messages); i++)
            {
                var message = pool[i % PoolSize];
                message.Topic.Span.CopyTo(buffer.AsSpan(length));
                message.Payload.Span.CopyTo(buffer.AsSpan(length + message.Topic.Length));
                length += message.Topic.Length + message.Payload.Length;
            }
            RandomAccess.Write(file, buffer.AsSpan(0, length), position);
            position += length;
        }
        RandomAccess.FlushToDisk(file);
        return Messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>What gzip makes of the messages, a line each: bytes a message.</summary>
    public double GzipBytesPerMessage()
    {
        using var counted = new CountingStream();
        using (var gzip = new GZipStream(counted, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var message in pool)
            {
                gzip.Write(message.Topic.Span);
                gzip.Write(" "u8);
                gzip.Write(message.Payload.Span);
                gzip.Write("\n"u8);
            }
        }
        return (double)counted.Length / pool.Length;
    }

    private static InboundMessage[] Generate()
    {
        var random = new Random(1);
        var topics = Enumerable.Range(0, Machines).Select(machine => Encoding.UTF8.GetBytes($"plant/line1/press{machine:D2}")).ToArray();
        var readings = Enumerable.Range(0, Machines).Select(machine => (Temperature: 20 + machine * 0.5, Pressure: 6.0)).ToArray();
        var messages = new InboundMessage[PoolSize];
        for (var i = 0; i < PoolSize; i++)
        {
            ref var reading = ref readings[i % Machines];
            reading.Temperature += random.Next(-2, 3) * 0.1;
            reading.Pressure = Math.Max(0, reading.Pressure + random.Next(-2, 3) * 0.01);
            var payload = string.Create(CultureInfo.InvariantCulture,
                $"{{\"n\":{i / Machines},\"temperature\":{reading.Temperature:F1},\"pressure\":{reading.Pressure:F2},\"state\":\"running\",\"job\":4711}}");
            messages[i] = new InboundMessage(topics[i % Machines], Encoding.UTF8.GetBytes(payload), Qos: 1);
        }
        return messages;
    }

    private sealed class CountingStream : Stream
    {
        private long written;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => written;
        public override long Position { get => written; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => written += count;
    }
}
