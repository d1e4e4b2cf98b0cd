using Orleans.Internal;

namespace Orleans.Internal
{
    /// <summary>Says how long to wait before a repetition.</summary>
    public interface IBackoffProvider
    {
        /// <summary>The wait before the repetition of that number, from 0.</summary>
        TimeSpan Next(int attempt);
    }

    /// <summary>Always the same wait.</summary>
    public class FixedBackoff(TimeSpan delay) : IBackoffProvider
    {
        /// <inheritdoc/>
        public TimeSpan Next(int attempt) => delay;
    }

    /// <summary>Waits that grow by a step, spread at random, up to a limit.</summary>
    internal sealed class ExponentialBackoff(TimeSpan least, TimeSpan greatest, TimeSpan step)
        : IBackoffProvider, Runtime.Providers.IMessageDeliveryBackoffProvider, Runtime.Providers.IQueueReaderBackoffProvider
    {
        private const int MaxDoublings = 30;

        public TimeSpan Next(int attempt)
        {
            var doublings = Math.Min(attempt, MaxDoublings);
            var grown = step.TotalMilliseconds * Math.Pow(2, doublings) * Random.Shared.NextDouble();
            return TimeSpan.FromMilliseconds(Math.Min(greatest.TotalMilliseconds, least.TotalMilliseconds + grown));
        }
    }
}

namespace Orleans.Runtime.Providers
{
    /// <summary>The waits between attempts to deliver a batch; set with <c>ConfigureBackoffProvider</c>.</summary>
    public interface IMessageDeliveryBackoffProvider : IBackoffProvider
    {
    }

    /// <summary>The waits between attempts to read a queue; set with <c>ConfigureBackoffProvider</c>.</summary>
    public interface IQueueReaderBackoffProvider : IBackoffProvider
    {
    }
}
