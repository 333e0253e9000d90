using System.Collections.Concurrent;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>Keeps what an executor tells and lets tests await it.</summary>
internal sealed class Sink : IAttemptSink
{
    private readonly ConcurrentDictionary<AttemptId, TaskCompletionSource<(AttemptOutcome, AttemptFacts)>> _ends = new();
    private readonly ConcurrentDictionary<AttemptId, TaskCompletionSource<string>> _starts = new();

    /// <summary>Every call, in order: what happened and to whom.</summary>
    public ConcurrentQueue<(string What, AttemptId Attempt)> Calls { get; } = new();

    public void Started(AttemptId attempt, string executionJson)
    {
        Calls.Enqueue(("started", attempt));
        _starts.GetOrAdd(attempt, _ => Completion<string>()).TrySetResult(executionJson);
    }

    public void Ended(AttemptId attempt, AttemptOutcome outcome, AttemptFacts facts)
    {
        Calls.Enqueue(("ended", attempt));
        _ends.GetOrAdd(attempt, _ => Completion<(AttemptOutcome, AttemptFacts)>()).TrySetResult((outcome, facts));
    }

    /// <summary>The pools that attempts went to instead of their own.</summary>
    public ConcurrentQueue<(AttemptId Attempt, string Pool)> Moves { get; } = new();

    public void Moved(AttemptId attempt, string pool) => Moves.Enqueue((attempt, pool));

    /// <summary>What attempts reported while they ran, in order.</summary>
    public ConcurrentQueue<(AttemptId Attempt, int First, IReadOnlyList<MetricPoint> Points)> Reports { get; } = new();

    public void Reported(AttemptId attempt, int first, IReadOnlyList<MetricPoint> points) => Reports.Enqueue((attempt, first, points));

    public Task<string> StartOf(AttemptId attempt) => Patient(_starts.GetOrAdd(attempt, _ => Completion<string>()).Task);

    public Task<(AttemptOutcome Outcome, AttemptFacts Facts)> EndOf(AttemptId attempt) =>
        Patient(_ends.GetOrAdd(attempt, _ => Completion<(AttemptOutcome, AttemptFacts)>()).Task);

    public int Ends(AttemptId attempt) => Calls.Count(c => c == ("ended", attempt));

    private static Task<T> Patient<T>(Task<T> task) => task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

    private static TaskCompletionSource<T> Completion<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
