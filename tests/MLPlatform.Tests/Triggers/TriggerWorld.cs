using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Triggers;

namespace MLPlatform.Tests.Triggers;

/// <summary>
/// Stores in memory that any number of replicas share, with a gate before every call, so that a test decides who goes
/// on and who crashes. The same behaviour is tested on the real stores among the integration tests.
/// </summary>
internal sealed class TriggerWorld
{
    private static readonly ActivityCatalog Catalog = ActivityCatalog.FromAssemblies(typeof(Noop).Assembly);

    public TriggerWorld(string now) => Time = new FakeTimeProvider(CronCases.Utc(now));

    public FakeTimeProvider Time { get; }
    public Dictionary<(string Trigger, string Instant), TriggerClaim> Claims { get; } = [];
    public Dictionary<RunId, RunRow> Runs { get; } = [];
    public SortedDictionary<string, PipelineRevision> Pipelines { get; } = new(StringComparer.Ordinal);
    public List<string> Audit { get; } = [];

    /// <summary>What was answered by the deployment <c>ctr</c>, and what came of it.</summary>
    public ServingWindow Feedback { get; } = new(TimeSpan.FromDays(30), 100_000);

    /// <summary>Runs that two replicas began.</summary>
    public List<RunId> BegunTwice { get; } = [];

    /// <summary>Passed before every call of a replica; may throw.</summary>
    public Func<string, Task> Gate { get; set; } = _ => Task.CompletedTask;

    public TriggerOptions Options { get; } = new();

    public void Apply(string pipeline, object? schedule = null, object? parameters = null) =>
        Pipelines[pipeline] = new PipelineRevision(
            pipeline, 1, Guid.NewGuid().ToString(),
            JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["id"] = pipeline,
                ["parameters"] = parameters ?? new { },
                ["schedule"] = schedule ?? new { },
                ["activities"] = new { a = new { type = "control.noop" } },
            }),
            null, "ada", Time.GetUtcNow(), Paused: false);

    public void Pause(string pipeline, bool paused) => Pipelines[pipeline] = Pipelines[pipeline] with { Paused = paused };

    public void End(RunId run, RunStatus status) => Runs[run] = Runs[run] with { Status = status, EndedAt = Time.GetUtcNow() };

    /// <summary>A run that a person started.</summary>
    public RunId Manual(string pipeline, string logicalDate, RunStatus status = RunStatus.Running)
    {
        RunId id = new(Guid.CreateVersion7(Time.GetUtcNow()));
        Runs[id] = Row(id, pipeline, "{\"type\":\"manual\"}", CronCases.Utc(logicalDate), "ada");
        if (status != RunStatus.Running)
            End(id, status);
        return id;
    }

    /// <summary>What waits of a dead replica becomes another's, as a takeover does it.</summary>
    public void TakeOver(string dead, string by)
    {
        foreach (TriggerClaim claim in Claims.Values.Where(c => c.Owner == dead && !Runs.ContainsKey(c.Run)).ToList())
            Claims[(claim.Trigger, claim.Instant)] = claim with { Owner = by };
    }

    public TriggerStand Stand(string replica) => new(this, replica, Catalog);

    internal async Task<RunId> BeginAsync(string replica, RunRequest request)
    {
        await Gate(replica);
        RunId id = request.Id!.Value;
        if (Runs.ContainsKey(id))
            return id;
        await Gate(replica);
        if (!Runs.TryAdd(id, Row(id, request.Plan.Pipeline, request.TriggerJson, request.LogicalDate, replica) with { ParametersJson = request.Plan.Parameters.GetRawText() }))
            BegunTwice.Add(id);
        await Gate(replica);
        return id;
    }

    private RunRow Row(RunId id, string pipeline, string trigger, DateTimeOffset logicalDate, string owner) => new()
    {
        Id = id,
        Pipeline = pipeline,
        PlanHash = "",
        Status = RunStatus.Running,
        TriggerJson = trigger,
        LogicalDate = logicalDate,
        ParametersJson = "{}",
        CreatedAt = Time.GetUtcNow(),
        Counts = default,
        Owner = owner,
        OutputsJson = "{\"auc\":0.9}",
    };
}

/// <summary>One replica's triggers over a shared world; throw it away and make another, and the replica has restarted.</summary>
internal sealed class TriggerStand
{
    public TriggerStand(TriggerWorld world, string replica, ActivityCatalog catalog)
    {
        WorldStores stores = new(world, replica);
        PipelineShelf shelf = new(stores, catalog);
        TriggerReplica door = new(() => replica, (request, _) => world.BeginAsync(replica, request));
        WaitingClaims waiting = new(stores, stores.Runs);
        Cycle = new(
            shelf, stores, new CronClaims(stores, stores.Runs, door, world.Options, NullLogger<CronClaims>.Instance),
            new UpstreamClaims(shelf, stores, stores.Runs, door, world.Options, NullLogger<UpstreamClaims>.Instance),
            new DatasetClaims(shelf, stores, stores.Runs, new WorldDatasets(), door, world.Options, NullLogger<DatasetClaims>.Instance),
            new FeedbackClaims(stores, new WorldFeedback(world), new WorldDatasets(), new WorldDeployments(), door, NullLogger<FeedbackClaims>.Instance), waiting,
            new ClaimStarter(stores, stores.Access, door, world.Time, NullLogger<ClaimStarter>.Instance), door, world.Time,
            NullLogger<TriggerCycle>.Instance);
        TriggerSecrets secrets = new(new ConfigurationBuilder().AddInMemoryCollection([new("Secrets:hub", "s3cret")]).Build());
        Webhooks = new(shelf, stores, secrets, door, Signal, world.Options, world.Time, NullLogger<WebhookTriggers>.Instance);
        Backfills = new(shelf, stores, stores.Access, door, Signal, world.Time);
        Reader = new(shelf, stores, waiting, world.Time);
    }

    public TriggerCycle Cycle { get; }
    public TriggerSignal Signal { get; } = new();
    public WebhookTriggers Webhooks { get; }
    public BackfillStarter Backfills { get; }
    public TriggerReader Reader { get; }
}
