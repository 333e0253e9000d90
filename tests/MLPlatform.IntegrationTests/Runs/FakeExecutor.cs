using System.Collections.Concurrent;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>
/// A world outside the server that outlives it: attempts start once however often they are asked for, end at once unless
/// held, and are reported to whoever is attached. Nothing waits for real time.
/// </summary>
internal sealed class FakeExecutor : IExecutor
{
    private readonly ConcurrentDictionary<AttemptId, AttemptOutcome?> _attempts = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<AttemptId>> _awaited = new();
    private IAttemptSink? _sink;

    /// <summary>Names of activities whose attempts end only when released.</summary>
    public HashSet<string> Held { get; } = [];

    /// <summary>Every attempt that really started.</summary>
    public ConcurrentQueue<(AttemptId Id, string Activity)> Started { get; } = new();
    public ConcurrentQueue<AttemptId> Stopped { get; } = new();

    /// <summary>All that attempts reported in the end.</summary>
    public IReadOnlyList<MetricPoint> Metrics { get; set; } = [new MetricPoint("m", 0, 0.5, DateTimeOffset.UnixEpoch)];

    /// <summary>Starts wait for this.</summary>
    public Task StartGate { get; set; } = Task.CompletedTask;

    public void Attach(IAttemptSink sink) => _sink = sink;

    public async Task StartAsync(AttemptOrder order, CancellationToken cancel)
    {
        await StartGate.WaitAsync(cancel);
        if (_attempts.TryAdd(order.Id, Held.Contains(order.Activity) ? null : Outcome(order)))
        {
            Started.Enqueue((order.Id, order.Activity));
            _sink!.Started(order.Id, """{"pid":1}""");
            _awaited.GetOrAdd(order.Activity, _ => NewSource()).TrySetResult(order.Id);
        }
        Report(order.Id);
    }

    public Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel)
    {
        Stopped.Enqueue(attempt);
        if (_attempts.TryUpdate(attempt, new AttemptOutcome.Failed(new Failure(FailureKind.User, "T-9", "killed by SIGTERM")), null))
            Report(attempt);
        return Task.CompletedTask;
    }

    /// <summary>Completes when the activity's attempt has started.</summary>
    public Task<AttemptId> WhenStartedAsync(string activity) => _awaited.GetOrAdd(activity, _ => NewSource()).Task;

    /// <summary>Ends a held attempt.</summary>
    public void Release(AttemptId attempt, AttemptOutcome outcome)
    {
        _attempts[attempt] = outcome;
        Report(attempt);
    }

    /// <summary>Sends a held attempt to another pool.</summary>
    public void Move(AttemptId attempt, string pool) => _sink!.Moved(attempt, pool);

    /// <summary>Tells points while the attempt runs.</summary>
    public void Tell(AttemptId attempt, int first, params IReadOnlyList<MetricPoint> points) => _sink!.Reported(attempt, first, points);

    public static AttemptOutcome Success(int number = 1) => new AttemptOutcome.Succeeded(JsonElement.Parse($$"""{"number":{{number}},"items":[]}"""));

    // Delivery is at least once, so the fake always tells twice.
    private void Report(AttemptId attempt)
    {
        if (_attempts[attempt] is not { } outcome)
            return;
        _sink!.Ended(attempt, outcome, new AttemptFacts("""{"pid":1,"exitCode":0}""", Metrics));
        _sink!.Ended(attempt, outcome, AttemptFacts.None);
    }

    private static AttemptOutcome Outcome(AttemptOrder order)
    {
        TestWork.Inputs inputs = order.Inputs.Deserialize<TestWork.Inputs>(ActivityJson.Options)!;
        return order.Id.Number <= inputs.FailFirst
            ? new AttemptOutcome.Failed(new Failure(FailureKind.User, "T-1", "told to fail"))
            : new AttemptOutcome.Succeeded(JsonElement.Parse(
                $$"""{"number":{{inputs.Number + 1}},"items":[{{string.Join(',', Enumerable.Range(0, inputs.Items))}}]}"""));
    }

    private static TaskCompletionSource<AttemptId> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
