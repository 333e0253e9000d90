using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What an executor said, as a test waits for it.</summary>
internal sealed class SaidLog : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));
}
