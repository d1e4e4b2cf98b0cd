using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Orleans.TestingHost;

/// <summary>Writes what a silo logs to a file, a line an entry.</summary>
internal sealed class LogFile : ILoggerProvider
{
    private readonly StreamWriter _writer;
    private readonly Lock _gate = new();

    public LogFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _writer = new StreamWriter(path, append: true) { AutoFlush = true };
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        lock (_gate) _writer.Dispose();
    }

    private sealed class Logger(LogFile file, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var time = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture);
            var line = $"{time} {logLevel} {category}: {formatter(state, exception)}";
            if (exception is not null) line += $"{Environment.NewLine}{exception}";
            lock (file._gate)
            {
                if (file._writer.BaseStream is { CanWrite: true }) file._writer.WriteLine(line);
            }
        }
    }
}
