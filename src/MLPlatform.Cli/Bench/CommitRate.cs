using System.Diagnostics;
using System.Text;
using MLPlatform.Core.Runs;

namespace MLPlatform.Cli.Bench;

/// <summary>How many single durable commits a second the store takes: each with the rows that one activity writes.</summary>
internal static class CommitRate
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);

    public static async Task<double> MeasureAsync(IRunStore store, CancellationToken cancel)
    {
        const string Replica = "bench-commit-rate";
        ReplicaLease lease = new(Replica, await store.AcquireLeaseAsync(Replica, TimeSpan.FromMinutes(5), cancel));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        RunId run = new(Guid.CreateVersion7(now));
        await store.PutPlanAsync("bench", "{}"u8.ToArray(), cancel);
        int commits = 0;
        Stopwatch watch = new();
        for (int i = 1; watch.Elapsed < Length; i++)
        {
            await store.CommitAsync(lease, Batch(run, i, now), cancel);
            if (i < 50)
                continue;
            watch.Start();
            commits++;
        }
        double rate = commits / watch.Elapsed.TotalSeconds;
        await store.CommitAsync(lease, Finished(run, now), cancel);
        await store.ReleaseLeaseAsync(lease, cancel);
        return rate;
    }

    private static JournalBatch Batch(RunId run, int node, DateTimeOffset now)
    {
        JournalBatch batch = new();
        batch.Runs.Add(Row(run, RunStatus.Running, now));
        batch.Journal.Add(new JournalEntry(run, node, Encoding.UTF8.GetBytes("""[{"e":"start","n":1,"k":1,"t":"2026-01-01T00:00:00+00:00"},{"e":"end","n":1,"k":1,"o":{},"t":"2026-01-01T00:00:00+00:00"}]""")));
        batch.Activities.Add(new ActivityRow
        {
            Run = run,
            Node = node,
            Name = "step",
            Type = "control.noop",
            Status = ActivityStatus.Succeeded,
            ReadyAt = now,
            StartedAt = now,
            EndedAt = now,
            Attempts = 1,
            OutputsJson = "{}",
        });
        batch.Attempts.Add(new AttemptRow { Id = new AttemptId(run, node, 1), Status = AttemptStatus.Succeeded, StartedAt = now, EndedAt = now });
        return batch;
    }

    private static JournalBatch Finished(RunId run, DateTimeOffset now)
    {
        JournalBatch batch = new();
        batch.Runs.Add(Row(run, RunStatus.Succeeded, now));
        return batch;
    }

    private static RunRow Row(RunId run, RunStatus status, DateTimeOffset now) => new()
    {
        Id = run,
        Pipeline = "bench",
        PlanHash = "bench",
        Status = status,
        TriggerJson = "{}",
        LogicalDate = now,
        ParametersJson = "{}",
        CreatedAt = now,
        Counts = new RunCounts(1, 0, 0, 0, 0),
        Owner = "bench-commit-rate",
    };
}
