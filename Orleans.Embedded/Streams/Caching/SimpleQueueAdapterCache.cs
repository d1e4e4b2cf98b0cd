using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>Makes a <see cref="SimpleQueueCache"/> for each queue.</summary>
public class SimpleQueueAdapterCache : IQueueAdapterCache
{
    private readonly int _size;
    private readonly ILogger _logger;

    /// <summary>Caches of the size that the options say.</summary>
    public SimpleQueueAdapterCache(SimpleQueueCacheOptions options, string providerName, ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        if (options.CacheSize < 1)
        {
            throw new ArgumentException(
                $"stream provider '{providerName}': CacheSize must be at least 1, but is {options.CacheSize}", nameof(options));
        }

        _size = options.CacheSize;
        _logger = loggerFactory.CreateLogger($"{typeof(SimpleQueueCache).FullName}.{providerName}");
    }

    /// <inheritdoc/>
    public IQueueCache CreateQueueCache(QueueId queueId) => new SimpleQueueCache(_size, _logger);
}
