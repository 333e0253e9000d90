using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What goes wrong with the fake API server.</summary>
internal sealed class FakeFaults
{
    private readonly ConcurrentDictionary<int, Fault> _faults = new();
    private int _next;

    /// <summary>Each change of a watch is told twice.</summary>
    public volatile bool Duplicates;

    /// <summary>Changes of a watch that are told together come in reverse order.</summary>
    public volatile bool Reorders;

    /// <summary>Watches stay open and say nothing more.</summary>
    public volatile bool Silent;

    /// <summary>A connection that follows a log breaks after so many lines; 0: none does.</summary>
    public volatile int CutLogsAfter;

    /// <summary>Answers the next requests that fit with a status.</summary>
    public void Answer(Func<HttpRequest, bool> fits, int status, int times = 1, int? retryAfter = null, string message = "made to fail") =>
        _faults[Interlocked.Increment(ref _next)] = new Fault(fits, status, retryAfter, message) { Left = times };

    /// <summary>Breaks the connection of the next requests that fit.</summary>
    public void Break(Func<HttpRequest, bool> fits, int times = 1) => Answer(fits, 0, times);

    public Fault? Take(HttpRequest request)
    {
        foreach ((_, Fault fault) in _faults.OrderBy(f => f.Key))
        {
            if (fault.Fits(request) && Interlocked.Decrement(ref fault.Left) >= 0)
                return fault;
        }
        return null;
    }

    internal sealed class Fault(Func<HttpRequest, bool> fits, int status, int? retryAfter, string message)
    {
        public int Left;

        public Func<HttpRequest, bool> Fits { get; } = fits;
        public int Status { get; } = status;
        public int? RetryAfter { get; } = retryAfter;
        public string Message { get; } = message;
    }
}
