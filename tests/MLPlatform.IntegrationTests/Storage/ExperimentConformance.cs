using MLPlatform.Core.Experiments;
using MLPlatform.Core.Registry;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of experiments and tracked runs.</summary>
public abstract class ExperimentConformance(Stores stores)
{
    private static readonly Dictionary<string, string> None = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_experiment_of_runs_that_name_none_is_there()
    {
        Assert.Equal("Default", (await stores.Experiments.FindAsync(0, Cancel))!.Name);
        Assert.Equal(0, (await stores.Experiments.FindByNameAsync("Default", Cancel))!.Id);
    }

    [Fact]
    public async Task A_name_is_given_once_also_to_deleted_experiments()
    {
        Experiment made = await MakeAsync();
        Assert.Equal("TRACK-003", (await RefusedAsync(() => stores.Experiments.CreateAsync(made.Name, null, None, Cancel))).Code);
        await stores.Experiments.SetStageAsync(made.Id, Lifecycle.Deleted, Cancel);
        Assert.Contains("deleted", (await RefusedAsync(() => stores.Experiments.CreateAsync(made.Name, null, None, Cancel))).Message, StringComparison.Ordinal);
        Assert.Equal(made.Id, (await stores.Experiments.EnsureAsync(made.Name, Cancel)).Id);
    }

    [Fact]
    public async Task Deleting_and_restoring_an_experiment_takes_its_runs_along()
    {
        Experiment experiment = await MakeAsync();
        TrackedRun run = await StartAsync(experiment);
        await stores.Experiments.SetStageAsync(experiment.Id, Lifecycle.Deleted, Cancel);
        Assert.Empty(await stores.Tracked.ListAsync([experiment.Id], LifecycleView.Active, Cancel));
        Assert.Single(await stores.Tracked.ListAsync([experiment.Id], LifecycleView.Deleted, Cancel));
        Assert.Equal("TRACK-008", (await RefusedAsync(() => stores.Tracked.LogAsync(run.Id, Batch(("m", 1, 0, 0)), Cancel))).Code);
        Assert.Equal("TRACK-008", (await RefusedAsync(() => StartAsync(experiment))).Code);
        await stores.Experiments.SetStageAsync(experiment.Id, Lifecycle.Active, Cancel);
        Assert.Single(await stores.Tracked.ListAsync([experiment.Id], LifecycleView.Active, Cancel));
    }

    [Fact]
    public async Task Every_double_and_every_whole_number_comes_back_as_it_was()
    {
        TrackedRun run = await StartAsync(await MakeAsync());
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.1, -0.0, double.MaxValue, double.Epsilon, 9007199254740993];
        await stores.Tracked.LogAsync(run.Id, new TrackedBatch([.. values.Select((v, i) => new MetricValue("m", v, long.MaxValue - 100 + i, long.MinValue + i))], [], []), Cancel);
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), (await stores.Tracked.HistoryAsync(run.Id, "m", 0, 100, Cancel)).Select(p => BitConverter.DoubleToInt64Bits(p.Value)));
        Assert.Equal(new MetricValue("m", values[^1], long.MaxValue - 93, long.MinValue + 7), Assert.Single((await stores.Tracked.FindAsync(run.Id, Cancel))!.Metrics));
    }

    [Fact]
    public async Task The_latest_value_is_that_of_the_last_step_whenever_it_was_logged()
    {
        TrackedRun run = await StartAsync(await MakeAsync());
        await stores.Tracked.LogAsync(run.Id, Batch(("a", 5, 10, 2), ("a", 1, 20, 1), ("b", 1, 10, 0)), Cancel);
        await stores.Tracked.LogAsync(run.Id, Batch(("a", 9, 30, 1), ("b", 2, 10, 0)), Cancel);
        TrackedRun now = (await stores.Tracked.FindAsync(run.Id, Cancel))!;
        Assert.Equal((5.0, 2.0), (now.Metric("a"), now.Metric("b")));
        Assert.Equal([5.0, 1.0, 9.0], (await stores.Tracked.HistoryAsync(run.Id, "a", 0, 10, Cancel)).Select(p => p.Value));
        Assert.Equal([1.0, 9.0], (await stores.Tracked.HistoryAsync(run.Id, "a", 1, 10, Cancel)).Select(p => p.Value));
    }

    [Fact]
    public async Task Points_sent_twice_are_kept_once()
    {
        TrackedRun run = await StartAsync(await MakeAsync());
        TrackedBatch batch = new([.. Enumerable.Range(0, 999).Select(i => new MetricValue($"m{i % 300}", i, i, i))], [], []);
        await stores.Tracked.LogAsync(run.Id, batch, Cancel);
        await stores.Tracked.LogAsync(run.Id, batch, Cancel);
        Assert.Equal([7.0, 307.0, 607.0, 907.0], (await stores.Tracked.HistoryAsync(run.Id, "m7", 0, 10, Cancel)).Select(p => p.Value));
        Assert.Equal(300, (await stores.Tracked.FindAsync(run.Id, Cancel))!.Metrics.Count);
    }

    [Fact]
    public async Task A_parameter_never_changes_and_a_batch_with_a_changed_one_leaves_nothing()
    {
        TrackedRun run = await StartAsync(await MakeAsync());
        await stores.Tracked.LogAsync(run.Id, new TrackedBatch([], [new("p", "1"), new("p", "1")], [new("t", "a")]), Cancel);
        await stores.Tracked.LogAsync(run.Id, new TrackedBatch([], [new("p", "1")], [new("t", "b")]), Cancel);
        TrackingException refused = await RefusedAsync(() => stores.Tracked.LogAsync(
            run.Id, new TrackedBatch([new("m", 1, 1, 1)], [new("q", "new"), new("p", "2")], [new("t", null)]), Cancel));
        Assert.Equal(("TRACK-004", TrackingRefusal.Invalid), (refused.Code, refused.Refusal));
        TrackedRun now = (await stores.Tracked.FindAsync(run.Id, Cancel))!;
        Assert.Equal(["p"], now.Parameters.Keys);
        Assert.Equal("b", now.Tags["t"]);
        Assert.Empty(now.Metrics);
        await stores.Tracked.LogAsync(run.Id, new TrackedBatch([], [], [new("t", null)]), Cancel);
        Assert.DoesNotContain("t", (await stores.Tracked.FindAsync(run.Id, Cancel))!.Tags.Keys);
    }

    [Fact]
    public async Task Many_writers_of_one_run_lose_nothing()
    {
        TrackedRun run = await StartAsync(await MakeAsync());
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
            stores.Tracked.LogAsync(run.Id, new TrackedBatch([new($"w{i}", i, i, i)], [new($"p{i}", $"{i}")], []), Cancel))));
        TrackedRun now = (await stores.Tracked.FindAsync(run.Id, Cancel))!;
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (double)i), now.Metrics.Select(m => m.Value).Order());
        Assert.Equal(20, now.Parameters.Count);
    }

    [Fact]
    public async Task A_run_ends_is_renamed_deleted_and_restored()
    {
        TrackedRun run = await StartAsync(await MakeAsync());
        TrackedRun ended = await stores.Tracked.UpdateAsync(run.Id, new TrackedChange(TrackedState.Finished, 99, "better"), Cancel);
        Assert.Equal((TrackedState.Finished, 99L, "better"), (ended.Status, ended.EndedMs, ended.Name));
        await stores.Tracked.SetStageAsync(run.Id, Lifecycle.Deleted, Cancel);
        Assert.Equal("TRACK-008", (await RefusedAsync(() => stores.Tracked.UpdateAsync(run.Id, new TrackedChange(), Cancel))).Code);
        await stores.Tracked.SetStageAsync(run.Id, Lifecycle.Active, Cancel);
        Assert.Equal("better", (await stores.Tracked.FindAsync(run.Id, Cancel))!.Name);
        Assert.Equal("TRACK-002", (await RefusedAsync(() => stores.Tracked.SetStageAsync("none", Lifecycle.Active, Cancel))).Code);
    }

    [Fact]
    public async Task Files_are_listed_by_folder_and_no_neighbour_is_among_them()
    {
        string root = "x" + Guid.NewGuid().ToString("N");
        foreach (string path in (string[])["a/1", "a/b/2", "ab/3", "a0/4", "a-/5", "a"])
            await stores.Tracked.PutFileAsync(new TrackedFile($"{root}/{path}", "h", 1, "sha256:" + root), Cancel);
        Assert.Equal([$"{root}/a/1", $"{root}/a/b/2"], (await stores.Tracked.ListFilesAsync(root + "/a", Cancel)).Select(f => f.Path));
        Assert.Contains("sha256:" + root, (await stores.Tracked.ListFilesAsync("", Cancel)).Select(f => f.Artifact));
        Assert.Equal(3, await stores.Tracked.RemoveFilesAsync(root + "/a", Cancel));
        Assert.Equal(3, (await stores.Tracked.ListFilesAsync(root, Cancel)).Count);
        Assert.Null(await stores.Tracked.FindFileAsync(root + "/a/1", Cancel));
    }

    [Fact]
    public async Task Logged_files_keep_their_artifacts()
    {
        string hash = "sha256:" + Guid.NewGuid().ToString("N") + Guid.NewGuid().ToString("N");
        await stores.Tracked.PutFileAsync(new TrackedFile("kept/" + hash, "h", 1, hash), Cancel);
        Assert.Contains(hash, (await stores.Retention.ReadAsync(Rows.At, Cancel)).Mentioned);
    }

    [Fact]
    public async Task Notes_of_models_are_kept_beside_the_registry()
    {
        string model = "m" + Guid.NewGuid();
        Assert.True(await stores.ModelNotes.CreateModelAsync(model, "about", new Dictionary<string, string> { ["k"] = "v" }, Cancel));
        Assert.False(await stores.ModelNotes.CreateModelAsync(model, null, None, Cancel));
        await stores.ModelNotes.ChangeAsync(model, 3, note => note with { Stage = "Staging", Source = "s" }, Cancel);
        await stores.ModelNotes.ChangeAsync(model, 3, note => note with { Description = "three" }, Cancel);
        IReadOnlyList<ModelNote> notes = [.. (await stores.ModelNotes.ListAsync(model, Cancel)).OrderBy(n => n.Version)];
        Assert.Equal([(0, "about", null, null), (3, "three", "Staging", "s")], notes.Select(n => (n.Version, n.Description!, n.Stage, n.Source)));
        Assert.Contains(new ModelSummary(model, 0, null, stores.Time.GetUtcNow()), await stores.Registry.ListAsync(Cancel));
    }

    [Fact]
    public async Task Logged_models_change_one_after_the_other()
    {
        LoggedModel model = new("m-" + Guid.NewGuid(), (await MakeAsync()).Id, "0");
        await stores.LoggedModels.PutAsync(model, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => stores.LoggedModels.ChangeAsync(model.Id, json => $"{int.Parse(json) + 1}", Cancel))));
        Assert.Equal("10", (await stores.LoggedModels.FindAsync(model.Id, Cancel))!.Json);
        Assert.Single(await stores.LoggedModels.ListAsync([model.Experiment], Cancel));
    }

    private static TrackedBatch Batch(params (string Name, double Value, long At, long Step)[] points) =>
        new([.. points.Select(p => new MetricValue(p.Name, p.Value, p.At, p.Step))], [], []);

    private Task<Experiment> MakeAsync() => stores.Experiments.CreateAsync("e" + Guid.NewGuid(), null, None, Cancel);

    private Task<TrackedRun> StartAsync(Experiment experiment) =>
        stores.Tracked.CreateAsync(new NewTrackedRun(Guid.NewGuid().ToString("N"), experiment.Id, "run", "ann", 5, None, null), Cancel);

    private static Task<TrackingException> RefusedAsync(Func<Task> act) => Assert.ThrowsAsync<TrackingException>(act);
}

public sealed class SqliteExperimentTests(SqliteStores stores) : ExperimentConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresExperimentTests(PostgresStores stores) : ExperimentConformance(stores), IClassFixture<PostgresStores>;
