using System.Text;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of a commit.</summary>
public abstract class CommitConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_committed_is_read_back_to_the_microsecond()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        var batch = new JournalBatch();
        batch.Runs.Add(Rows.Run(run, lease.Replica, RunStatus.Failed));
        batch.Journal.Add(Rows.Entry(run, 1, """[{"e":"created"}]"""));
        batch.Activities.Add(Rows.Activity(run, 0) with { FailureJson = """{"kind":"user"}""", Note = "cached" });
        batch.Activities.Add(Rows.Activity(run, 1, ActivityStatus.UpstreamFailed) with { ReadyAt = null, StartedAt = null, EndedAt = null, OutputsJson = null });
        batch.Attempts.Add(Rows.Attempt(run, 0) with { FailureJson = """{"kind":"user"}""" });
        batch.Attempts.Add(Rows.Attempt(run, 0, 2, AttemptStatus.Waiting) with { ExecutionJson = null });
        batch.Artifacts.Add(new ArtifactRow(run, 0, 1, "table", "sha256:aa", "table", long.MaxValue, Rows.At));
        batch.Uses.Add(new ArtifactUseRow(run, 1, 1, "samples", "sha256:aa"));
        batch.Metrics.Add(new MetricRow(run, 0, 1, "auc", 7, 0.1 + 0.2, Rows.At));
        batch.Cache.Add(new CacheRow("key-" + run, "p", "clean", """{"a":1}""", """{"b":2}""", "attempt", Rows.At));
        await stores.Runs.CommitAsync(lease, batch, Cancel);

        Assert.Equal(batch.Runs[0], await stores.Runs.FindRunAsync(run, Cancel));
        Assert.Equal(batch.Activities, await stores.Runs.ListActivitiesAsync(run, Cancel));
        Assert.Equal(batch.Attempts, await stores.Runs.ListAttemptsAsync(run, null, Cancel));
        Assert.Equal(batch.Attempts, await stores.Runs.ListAttemptsAsync(run, 0, Cancel));
        Assert.Empty(await stores.Runs.ListAttemptsAsync(run, 1, Cancel));
        Assert.Equal(batch.Artifacts, await stores.Runs.ListArtifactsAsync(run, Cancel));
        Assert.Equal(batch.Metrics, await stores.Runs.ListMetricsAsync(run, Cancel));
        Assert.Equal(batch.Cache[0], await stores.Runs.FindCachedAsync("key-" + run, Cancel));
        Assert.Equal(["""[{"e":"created"}]"""], await JournalAsync(run));
    }

    [Fact]
    public async Task Instants_with_another_offset_come_back_as_the_same_instant_in_utc()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await CommitAsync(lease, b => b.Runs.Add(Rows.Run(run, lease.Replica) with { LogicalDate = Rows.At.ToOffset(TimeSpan.FromHours(8)) }));
        DateTimeOffset read = (await stores.Runs.FindRunAsync(run, Cancel))!.LogicalDate;
        Assert.Equal((Rows.At, TimeSpan.Zero), (read, read.Offset));
    }

    [Fact]
    public async Task A_batch_with_one_bad_row_leaves_nothing()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId old = Rows.NewRun(), young = Rows.NewRun();
        await CommitAsync(lease, b => b.Journal.Add(Rows.Entry(old, 1, "first")));
        await Assert.ThrowsAsync<JournalConflictException>(() => CommitAsync(lease, b =>
        {
            b.Runs.Add(Rows.Run(young, lease.Replica));
            b.Activities.Add(Rows.Activity(young, 0));
            b.Attempts.Add(Rows.Attempt(young, 0));
            b.Journal.Add(Rows.Entry(young, 1));
            b.Journal.Add(Rows.Entry(old, 1, "second"));
        }));
        Assert.Null(await stores.Runs.FindRunAsync(young, Cancel));
        Assert.Empty(await stores.Runs.ListActivitiesAsync(young, Cancel));
        Assert.Empty(await stores.Runs.ListAttemptsAsync(young, null, Cancel));
        Assert.Empty(await JournalAsync(young));
        Assert.Equal(["first"], await JournalAsync(old));
        await CommitAsync(lease, b => b.Runs.Add(Rows.Run(young, lease.Replica))); // And the store goes on.
    }

    [Fact]
    public async Task A_row_that_fails_late_leaves_nothing_of_those_before_it()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await Assert.ThrowsAnyAsync<Exception>(() => CommitAsync(lease, b =>
        {
            b.Journal.Add(Rows.Entry(run, 1));
            b.Activities.Add(Rows.Activity(run, 0));
            b.Cache.Add(new CacheRow("key", null!, "a", "{}", "{}", "s", Rows.At));
        }));
        Assert.Empty(await JournalAsync(run));
        Assert.Empty(await stores.Runs.ListActivitiesAsync(run, Cancel));
    }

    [Fact]
    public async Task An_entry_twice_in_one_batch_is_refused_too()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await Assert.ThrowsAsync<JournalConflictException>(() => CommitAsync(lease, b => b.Journal.AddRange([Rows.Entry(run, 1), Rows.Entry(run, 1)])));
        Assert.Empty(await JournalAsync(run));
    }

    [Fact]
    public async Task The_journal_is_read_in_order_of_its_sequence()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun(), other = Rows.NewRun();
        int[] sequence = [.. Enumerable.Range(1, 1234)];
        foreach (int[] part in sequence.Reverse().Chunk(300))
            await CommitAsync(lease, b =>
            {
                b.Journal.AddRange(part.Select(i => Rows.Entry(run, i, $"[{i}]")));
                b.Journal.Add(Rows.Entry(other, part[0]));
            });
        Assert.Equal(sequence.Select(i => $"[{i}]"), await JournalAsync(run));
    }

    [Fact]
    public async Task Of_several_rows_with_one_key_the_last_stays()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await CommitAsync(lease, b =>
        {
            b.Runs.AddRange([Rows.Run(run, lease.Replica), Rows.Run(run, lease.Replica, RunStatus.Paused), Rows.Run(run, lease.Replica, RunStatus.Succeeded)]);
            b.Activities.AddRange([Rows.Activity(run, 0, note: "a"), Rows.Activity(run, 1), Rows.Activity(run, 0, note: "b")]);
            b.Attempts.AddRange([Rows.Attempt(run, 0, 1, AttemptStatus.Running), Rows.Attempt(run, 0)]);
            b.Artifacts.AddRange(Enumerable.Range(1, 2).Select(n => new ArtifactRow(run, 0, 1, "o", "sha256:a", "file", n, Rows.At)));
            b.Uses.AddRange(Enumerable.Range(1, 2).Select(_ => new ArtifactUseRow(run, 0, 1, "i", "sha256:a")));
            b.Metrics.AddRange(Enumerable.Range(1, 2).Select(v => new MetricRow(run, 0, 1, "m", 0, v, Rows.At)));
            b.Cache.AddRange("xy".Select(o => new CacheRow("k" + run, "p", "a", "{}", $"{o}", "s", Rows.At)));
        });
        await CommitAsync(lease, b => b.Activities.Add(Rows.Activity(run, 1, note: "later")));
        Assert.Equal(RunStatus.Succeeded, (await stores.Runs.FindRunAsync(run, Cancel))!.Status);
        Assert.Equal(["b", "later"], (await stores.Runs.ListActivitiesAsync(run, Cancel)).Select(a => a.Note));
        Assert.Equal(AttemptStatus.Succeeded, Assert.Single(await stores.Runs.ListAttemptsAsync(run, 0, Cancel)).Status);
        Assert.Equal(2, Assert.Single(await stores.Runs.ListArtifactsAsync(run, Cancel)).Bytes);
        Assert.Equal(2, Assert.Single(await stores.Runs.ListMetricsAsync(run, Cancel)).Value);
        Assert.Equal("y", (await stores.Runs.FindCachedAsync("k" + run, Cancel))!.OutputsJson);
    }

    [Theory]
    [InlineData("Größe 学习 \U0001F600 '\"\\ \t\r\n", "Größe 学习 \U0001F600 '\"\\ \t\r\n")]
    [InlineData("a\0b\0", "a\u2400b\u2400")] // PostgreSQL cannot hold NUL in text.
    [InlineData("", "")]
    public async Task Any_text_is_kept_and_what_cannot_be_kept_is_replaced_visibly(string written, string read)
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await CommitAsync(lease, b => b.Activities.Add(Rows.Activity(run, 0, note: written)));
        Assert.Equal(read, Assert.Single(await stores.Runs.ListActivitiesAsync(run, Cancel)).Note);
        string pipeline = written + run;
        await stores.Pipelines.ApplyAsync(pipeline, "h", written, null, written, Cancel);
        Assert.Equal(read, (await stores.Pipelines.FindAsync(pipeline, Cancel))!.FileJson);
    }

    [Fact]
    public Task Half_a_surrogate_pair_is_replaced_visibly() => // Not as a case above: an attribute cannot hold it.
        Any_text_is_kept_and_what_cannot_be_kept_is_replaced_visibly($"half {'\uD83D'} pair {'\uDE00'}", "half \uFFFD pair \uFFFD");

    [Fact]
    public async Task Large_payloads_are_kept_whole()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        byte[] payload = new byte[20_000_000];
        new Random(1).NextBytes(payload);
        string note = new('é', 5_000_000);
        await CommitAsync(lease, b =>
        {
            b.Journal.Add(new JournalEntry(run, 1, payload));
            b.Activities.Add(Rows.Activity(run, 0, note: note));
        });
        await stores.Runs.PutPlanAsync("large" + run, payload, Cancel);
        Assert.Equal(note, Assert.Single(await stores.Runs.ListActivitiesAsync(run, Cancel)).Note);
        Assert.Equal(payload, await stores.Runs.FindPlanAsync("large" + run, Cancel));
        JournalEntry entry = await stores.Runs.ReadJournalAsync(run, Cancel).SingleAsync(Cancel);
        Assert.True(entry.Payload.Span.SequenceEqual(payload));
    }

    [Fact]
    public async Task A_batch_of_many_thousand_rows_is_one_commit()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await CommitAsync(lease, b =>
        {
            b.Activities.AddRange(Enumerable.Range(0, 5001).Select(i => Rows.Activity(run, i)));
            b.Attempts.AddRange(Enumerable.Range(0, 5001).Select(i => Rows.Attempt(run, i)));
        });
        Assert.Equal(Enumerable.Range(0, 5001), (await stores.Runs.ListActivitiesAsync(run, Cancel)).Select(a => a.Node));
        Assert.Equal(5001, (await stores.Runs.ListAttemptsAsync(run, null, Cancel)).Count);
    }

    [Fact]
    public async Task Metrics_may_be_infinite_or_no_number()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -0.0];
        await CommitAsync(lease, b => b.Metrics.AddRange(values.Select((v, i) => new MetricRow(run, 0, 1, "loss", i, v, Rows.At))));
        Assert.Equal(values, (await stores.Runs.ListMetricsAsync(run, Cancel)).Select(m => m.Value));
    }

    [Fact]
    public async Task Commits_from_many_threads_all_arrive()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await CommitAsync(lease, b =>
        {
            b.Journal.Add(Rows.Entry(run, i + 1, $"[{i + 1}]"));
            b.Activities.Add(Rows.Activity(run, i));
        }));
        Assert.Equal(200, (await JournalAsync(run)).Count);
        Assert.Equal(200, (await stores.Runs.ListActivitiesAsync(run, Cancel)).Count);
    }

    [Fact]
    public async Task An_empty_batch_commits()
    {
        await CommitAsync(await stores.LeaseAsync(), _ => { });
    }

    [Fact]
    public async Task A_plan_is_kept_under_its_hash_once()
    {
        string hash = "sha256:" + Guid.NewGuid();
        Assert.Null(await stores.Runs.FindPlanAsync(hash, Cancel));
        await stores.Runs.PutPlanAsync(hash, "one"u8.ToArray(), Cancel);
        await stores.Runs.PutPlanAsync(hash, "two"u8.ToArray(), Cancel);
        Assert.Equal("one", Encoding.UTF8.GetString((await stores.Runs.FindPlanAsync(hash, Cancel))!));
    }

    [Fact]
    public async Task The_latest_cached_result_explains_a_miss()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string pipeline = Guid.NewGuid().ToString();
        await CommitAsync(lease, b => b.Cache.AddRange(Enumerable.Range(0, 3).Select(i =>
            new CacheRow($"{pipeline}-{i}", pipeline, "clean", $"{i}", "{}", "s", Rows.At.AddMicroseconds(i == 1 ? 9 : i)))));
        Assert.Equal("1", (await stores.Runs.FindLatestCachedAsync(pipeline, "clean", Cancel))!.ComponentsJson);
        Assert.Null(await stores.Runs.FindLatestCachedAsync(pipeline, "other", Cancel));
        Assert.Null(await stores.Runs.FindCachedAsync("no such key", Cancel));
    }

    private async Task CommitAsync(ReplicaLease lease, Action<JournalBatch> fill)
    {
        var batch = new JournalBatch();
        fill(batch);
        await stores.Runs.CommitAsync(lease, batch, Cancel);
    }

    private async Task<List<string>> JournalAsync(RunId run) =>
        await stores.Runs.ReadJournalAsync(run, Cancel).Select(e => Encoding.UTF8.GetString(e.Payload.Span)).ToListAsync(Cancel);
}

public sealed class SqliteCommitTests(SqliteStores stores) : CommitConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresCommitTests(PostgresStores stores) : CommitConformance(stores), IClassFixture<PostgresStores>;
