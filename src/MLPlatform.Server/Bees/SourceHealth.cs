using System.Collections.Concurrent;

namespace MLPlatform.Server.Bees;

/// <summary>What hinders the sources that the platform reads by itself, and a bell for when definitions change.</summary>
internal sealed class SourceHealth
{
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? ProblemOf(string source) => _problems.GetValueOrDefault(source);

    public void Set(string source, string? problem)
    {
        if (problem is null)
            _problems.TryRemove(source, out _);
        else
            _problems[source] = problem;
    }

    /// <summary>Ends when a definition has changed since it was asked for.</summary>
    public Task NextChange => _changed.Task;

    public void Changed() => Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
