using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Triggers;
using MLPlatform.IntegrationTests.Postgres;
using Xunit;

namespace MLPlatform.IntegrationTests.Triggers;

public class TriggerReplicaTests(PostgresServer postgres)
{
    [Fact]
    public async Task Two_servers_on_one_database_fire_once_and_the_survivor_finishes_what_the_dead_one_claimed()
    {
        string database = await postgres.CreateDatabaseAsync(Cancel);
        await using TriggerServer a = await TriggerServer.StartAsync("a", database);
        await using TriggerServer b = await TriggerServer.StartAsync("b", database);
        await b.ApplyAsync("p", """{ "triggers": [ { "type": "cron", "name": "tick", "cron": "* * * * * *", "catchUp": "all" } ] }""");
        await Eventually.IsSoAsync(async () => (await b.RunsAsync("p")).Count >= 3);

        // The first dies between a claim and its start.
        await a.KillAsync();
        TriggerClaim left = new("p/left", "behind", new RunId(Guid.CreateVersion7()), DateTimeOffset.UnixEpoch)
        {
            LogicalDate = DateTimeOffset.UnixEpoch,
            Owner = "a",
            FactsJson = """{"type":"webhook","trigger":"p/left","parameters":{}}""",
        };
        Assert.True(await b.Claims.ClaimAsync(left, Cancel));
        int atDeath = (await b.RunsAsync("p")).Count;
        await Eventually.IsSoAsync(async () =>
        {
            List<RunRow> now = await b.RunsAsync("p");
            return now.Count >= atDeath + 3 && now.Exists(r => r.Id == left.Run);
        });
        await b.ApplyAsync("p", """{ "triggers": [] }""");
        await Eventually.IsSoAsync(async () => (await b.Claims.ListWaitingAsync(Cancel)).Count == 0);

        List<TriggerClaim> claims = [.. (await b.Claims.ListAsync("p/tick", 1000, Cancel)).Reverse()];
        List<RunRow> runs = await b.RunsAsync("p");
        Assert.All(claims, c => Assert.Null(c.Dropped));
        Assert.All(claims.Zip(claims.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(1), pair.Second.LogicalDate - pair.First.LogicalDate));
        Assert.Equal(claims.Append(left).Select(c => c.Run.Value).Order(), runs.Select(r => r.Id.Value).Order());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Each_new_version_of_a_dataset_starts_one_run_and_a_chain_through_datasets_is_cut(bool onPostgres)
    {
        string? database = onPostgres ? await postgres.CreateDatabaseAsync(Cancel) : null;
        await using TriggerServer server = await TriggerServer.StartAsync("a", database);
        await PublishAsync(server, "before", new RunId(Guid.CreateVersion7()));
        await server.ApplyAsync("reads", """{ "triggers": [ { "type": "dataset", "dataset": "sales" } ], "maxActiveRuns": 4 }""");
        RunId publisher = new(Guid.CreateVersion7());
        foreach (string content in (string[])["one", "two", "two"])
            await PublishAsync(server, content, publisher);
        await Eventually.IsSoAsync(async () => (await server.RunsAsync("reads")).Count(r => r.Status == RunStatus.Succeeded) == 2);
        List<RunRow> runs = await server.RunsAsync("reads");
        Assert.Equal([2, 3], runs.Select(r => JsonElement.Parse(r.TriggerJson).GetProperty("version").GetInt32()).Order());

        // A run that the trigger started publishes again, and so on: each starts the next until the chain is cut.
        HashSet<Guid> answered = [];
        await Eventually.IsSoAsync(async () =>
        {
            foreach (RunRow run in (await server.RunsAsync("reads")).Where(r => r.Status == RunStatus.Succeeded && answered.Add(r.Id.Value)))
                await PublishAsync(server, run.Id.ToString(), run.Id);
            return (await server.Claims.ListAsync("reads/0", 1000, Cancel)).Any(c => c.Dropped?.StartsWith("TRIG-025", StringComparison.Ordinal) == true);
        });
    }

    private static int _attempts;

    private static async Task PublishAsync(TriggerServer server, string content, RunId run) => Assert.IsType<PublishResult.Published>(
        await server.Get<IDatasetStore>().PublishAsync(new DatasetPublication("sales", new ArtifactRef("sha256:" + content, "table", 1), new TableFacts([], 1, [], []),
            new DatasetSettings(), null, false, new AttemptId(run, 0, Interlocked.Increment(ref _attempts)), "writes"), Cancel));

    [Theory, InlineData(false), InlineData(true)]
    public async Task Webhook_upstream_and_backfill_go_through_a_real_engine(bool onPostgres)
    {
        string? database = onPostgres ? await postgres.CreateDatabaseAsync(Cancel) : null;
        await using TriggerServer server = await TriggerServer.StartAsync("a", database);
        await server.ApplyAsync("first", """{ "triggers": [ { "type": "webhook", "name": "hook" } ], "maxActiveRuns": 1 }""");
        await server.ApplyAsync("second", """{ "triggers": [ { "type": "upstream", "pipeline": "first" } ], "maxActiveRuns": 2 }""");
        for (int i = 0; i < 5; i++)
            Assert.IsType<WebhookResult.Accepted>(await server.Get<WebhookTriggers>().FireAsync(new("first/hook", "{}"u8.ToArray(), $"key {i}"), Cancel));
        await Eventually.IsSoAsync(async () => (await server.RunsAsync("second")).Count(r => r.Status == RunStatus.Succeeded) == 5);
        Assert.Equal(5, (await server.RunsAsync("first")).Count);

        var backfill = Assert.IsType<BackfillResult.Started>(await server.Get<BackfillStarter>().StartAsync(
            new BackfillRequest("first", BackfillRange.Days(new(2026, 1, 1), new(2026, 1, 4)), Limit: 1, By: "ada"), Cancel));
        await Eventually.IsSoAsync(async () =>
            (await server.RunsAsync("first")).Count(r => r.Status == RunStatus.Succeeded) == 9 && (await server.RunsAsync("second")).Count == 9);
        Assert.Equal(4, backfill.Dates.Count);
        Assert.Contains((await server.RunsAsync("second")), r => r.LogicalDate == backfill.Dates[0].LogicalDate);
    }

    [Fact]
    public async Task An_activity_waits_alone_for_the_other_pipelines_run_of_its_day_across_a_takeover()
    {
        string database = await postgres.CreateDatabaseAsync(Cancel);
        TriggerServer first = await TriggerServer.StartAsync("a", database);
        await using TriggerServer second = await TriggerServer.StartAsync("b", database);
        await first.ApplyAsync("profile", "{}");
        await first.ApplyAsync("ctr", "{}", """
            { "now": { "type": "control.noop" },
              "later": { "type": "control.noop", "dependsOn": ["now"], "schedule": { "dependsOn": [ { "pipeline": "profile" } ] } } }
            """);
        await BackfillAsync(first, "ctr");
        RunId waiting = (await first.RunsAsync("ctr")).Single().Id;
        await Eventually.IsSoAsync(async () => await StatesAsync(second, waiting) is "succeeded running");

        await first.KillAsync(); // Whoever takes the run over goes on asking.
        await first.DisposeAsync();
        await BackfillAsync(second, "profile");
        await Eventually.IsSoAsync(async () => await StatesAsync(second, waiting) is "succeeded succeeded succeeded");
    }

    private static async Task BackfillAsync(TriggerServer server, string pipeline)
    {
        Assert.IsType<BackfillResult.Started>(await server.Get<BackfillStarter>().StartAsync(
            new BackfillRequest(pipeline, BackfillRange.Days(new(2026, 1, 1), new(2026, 1, 1)), Limit: 1, By: "ada"), Cancel));
        await Eventually.IsSoAsync(async () => (await server.RunsAsync(pipeline)).Count == 1);
    }

    private static async Task<string> StatesAsync(TriggerServer server, RunId run) => string.Join(
        ' ', (await server.Get<IRunStore>().ListActivitiesAsync(run, Cancel)).Select(a => a.Status.ToString().ToLowerInvariant()));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
