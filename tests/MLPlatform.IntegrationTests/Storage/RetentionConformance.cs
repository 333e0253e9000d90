using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Features;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What keeps artifacts, on both databases.</summary>
public abstract class RetentionConformance(Stores stores)
{
    // What each table means to the collector. A new table must be put where it belongs, and read by RetentionStore if it keeps artifacts.
    private static readonly string[] Keeping =
    [
        "activities", "artifact_uses", "artifacts", "attempts", "bees_slices", "code_pins", "code_versions", "dataset_versions", "datasets", "feature_groups", "feature_tables", "label_batches", "model_versions", "models",
        "pipeline_revisions", "pipelines", "plans", "run_commands", "runs", "sweeps", "tracked_files", "trigger_claims",
    ];

    private static readonly string[] KeepingNothing =
    [
        "__EFMigrationsHistory", "alarm_deliveries", "alarm_scans", "alarm_silences", "alarms", "api_tokens", "audit", "bees_agents", "bees_configs", "bees_forwards", "bees_sources", "cache", "code_folders", "condemned_artifacts", "dataset_reads", "deployment_changes", "deployments", "idempotency", "journal", "label_annotations", "label_items",
        "label_leases", "lineage_columns", "lineage_documents", "lineage_sources", "metrics", "model_alias_changes", "model_aliases", "openlineage_edges", "openlineage_events", "openlineage_facets",
        "openlineage_progress", "replicas", "sweep_trials", "allocations", "machines", "pool_promotions", "quota_expansions", "quota_requests", "resources_versions", "consumption",
        "elsa_definitions", "reservations", "workspaces",
        "git_files", "git_states", "pipeline_commits", "pipeline_layouts",
        "experiments", "logged_models", "metric_names", "metric_points", "model_notes", "tracked_runs",
    ];

    private int _hashes;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_table_was_thought_of() =>
        Assert.Equal(Keeping.Concat(KeepingNothing).Order(StringComparer.Ordinal), (await stores.TablesAsync()).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Unfinished_and_young_runs_keep_all_that_they_name_and_old_ones_nothing()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        (HashSet<string> unfinished, HashSet<string> young, HashSet<string> old) = (
            await RunAsync(lease, RunStatus.Running, null), await RunAsync(lease, RunStatus.Succeeded, Rows.At), await RunAsync(lease, RunStatus.Succeeded, Rows.At.AddDays(-40)));
        RetentionFacts facts = await stores.Retention.ReadAsync(Rows.At.AddDays(-30), Cancel);
        Assert.Subset(facts.Mentioned.ToHashSet(), unfinished);
        Assert.Subset(facts.Mentioned.ToHashSet(), young);
        Assert.Empty(old.Intersect(facts.Mentioned));
        Assert.Equal(Rows.At, facts.OldestAttempt);
    }

    [Fact]
    public async Task The_last_three_tables_of_a_version_of_features_are_kept()
    {
        string group = "g" + Guid.NewGuid();
        await stores.Features.ApplyAsync(group, 1, "h", "{}", "ann", Cancel);
        string[] tables = [.. Enumerable.Range(0, 5).Select(_ => Hash())];
        foreach (string table in tables)
            await stores.Features.RecordAsync(new FeatureTableDraft(group, 1, new ArtifactRef(table, "table", 1), new AttemptId(Rows.NewRun(), 0, 1), null, "[]"), Cancel);
        Assert.Equal(tables[2..], tables.Intersect((await stores.Retention.ReadAsync(Rows.At, Cancel)).Mentioned));
    }

    [Fact]
    public async Task Models_versions_of_datasets_and_edges_are_told()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string name = "r" + Guid.NewGuid(), first = Hash(), second = Hash(), model = Hash();
        RunId run = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(run, lease.Replica, RunStatus.Succeeded, Rows.At.AddDays(-50)) with { EndedAt = Rows.At.AddDays(-50) });
        batch.Artifacts.Add(new ArtifactRow(run, 0, 2, "model", model, "model", 1, Rows.At));
        batch.Uses.Add(new ArtifactUseRow(run, 0, 2, "samples", second));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        await stores.Registry.RegisterAsync(new ModelRegistration(name, new ArtifactRef(model, "model", 1), new AttemptId(run, 1, 1), "{}", null), Cancel);
        await PublishAsync(name, first, 0);
        await PublishAsync(name, second, 1);
        RetentionFacts facts = await stores.Retention.ReadAsync(Rows.At.AddDays(-30), Cancel);
        Assert.Contains(model, facts.Models);
        Assert.Contains((new AttemptId(run, 0, 2), model), facts.Edges.Made);
        Assert.Contains((new AttemptId(run, 0, 2), second), facts.Edges.Used);
        Assert.Contains((second, first), facts.Edges.Bases);
        IReadOnlyList<DatasetVersion> versions = facts.Datasets.Single(d => d.Dataset.Name == name).Versions;
        Assert.Equal([2, 1], versions.Select(v => v.Version));
        await stores.Retention.GiveUpAsync([versions[1]], Cancel);
        Assert.NotNull((await stores.Datasets.FindVersionAsync(name, 1, null, Cancel))!.RemovedAt);
        Assert.Null((await stores.Datasets.FindVersionAsync(name, 2, null, Cancel))!.RemovedAt);
    }

    [Fact]
    public async Task A_condemned_artifact_is_due_only_after_it_was_unneeded_for_a_while_and_no_result_names_it_any_more()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string gone = Hash(), acquitted = Hash(), kept = Hash();
        JournalBatch batch = new();
        foreach (string hash in (string[])[gone, kept])
            batch.Cache.Add(new CacheRow("key-" + hash, "p", "a", "{}", $$$"""{"table":{"$artifact":"{{{hash}}}"}}""", "s", Rows.At));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        TimeSpan settle = TimeSpan.FromMinutes(1);
        Assert.Empty(await stores.Retention.CondemnAsync([gone, acquitted], settle, Cancel));
        Assert.Null(await stores.Runs.FindCachedAsync("key-" + gone, Cancel));
        Assert.NotNull(await stores.Runs.FindCachedAsync("key-" + kept, Cancel));
        stores.Time.Advance(settle);
        Assert.Equal([gone], await stores.Retention.CondemnAsync([gone], settle, Cancel));
        Assert.Equal([gone], await stores.Retention.CondemnAsync([gone, acquitted], settle, Cancel));
        await stores.Retention.ForgetAsync([gone], Cancel);
        Assert.Equal([acquitted], await stores.Retention.CondemnAsync([acquitted], TimeSpan.Zero, Cancel));
        await stores.Retention.CondemnAsync([], settle, Cancel);
    }

    /// <summary>A run that names an artifact in every place there is.</summary>
    private async Task<HashSet<string>> RunAsync(ReplicaLease lease, RunStatus status, DateTimeOffset? ended)
    {
        string[] h = [.. Enumerable.Range(0, 6).Select(_ => Hash())];
        RunId run = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(run, lease.Replica, status) with { ParametersJson = $$"""{"p":"{{h[0]}}"}""", OutputsJson = $$"""{"o":"{{h[1]}}"}""", EndedAt = ended, PlanHash = "plan-" + run });
        batch.Activities.Add(Rows.Activity(run, 0) with { OutputsJson = $$"""{"cached":"{{h[2]}}"}""" });
        batch.Attempts.Add(Rows.Attempt(run, 0, 1, ended is null ? AttemptStatus.Running : AttemptStatus.Succeeded));
        batch.Artifacts.Add(new ArtifactRow(run, 0, 1, "out", h[3], "table", 1, Rows.At));
        batch.Uses.Add(new ArtifactUseRow(run, 0, 1, "in", h[4]));
        await stores.Runs.PutPlanAsync("plan-" + run, System.Text.Encoding.UTF8.GetBytes($$"""{"inputs":"{{h[5]}}"}"""), Cancel);
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        return [.. h];
    }

    private string Hash() => $"sha256:{Guid.NewGuid():N}{_hashes++:x32}";

    private async Task PublishAsync(string name, string hash, int before) => Assert.IsType<PublishResult.Published>(await stores.Datasets.PublishAsync(new DatasetPublication(
        name, new ArtifactRef(hash, "table", 1), new TableFacts([], 1, [], []), new DatasetSettings(), before, false, new AttemptId(Rows.NewRun(), 1, 1), "p"), Cancel));
}

public sealed class SqliteRetentionTests(SqliteStores stores) : RetentionConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresRetentionTests(PostgresStores stores) : RetentionConformance(stores), IClassFixture<PostgresStores>;
