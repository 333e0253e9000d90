using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>An engine with four cores whose groups share them by quotas.</summary>
public sealed class LedgerTests(PostgresServer server)
{
    private const string Resources = """
        {
          "pools": { "production": {} },
          "groups": {
            "ads": { "quotas": { "production": { "nominal": { "cpu": 2 } } } },
            "feed": { "quotas": { "production": { "nominal": { "cpu": 2 } } } }
          }
        }
        """;

    private static readonly EngineOptions AtOnce = new() { Cpu = 4, MemoryMiB = 4096, MinimumRun = TimeSpan.Zero, PreemptionGrace = TimeSpan.FromSeconds(5) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Idle_quota_is_lent_and_comes_back_by_preemption_that_costs_no_retry(bool postgres)
    {
        await using EngineWorld world = await EngineWorld.StartAsync(postgres ? await server.CreateDatabaseAsync(Cancel) : null, options: AtOnce);
        await world.ApplyAsync(Resources);
        world.Executor.Held.UnionWith(["a", "b", "c", "d", "mine"]);
        RunId ads = await world.BeginAsync(Work("ads", "a", "b", "c", "d"));
        foreach (string name in (string[])["a", "b", "c", "d"])
            await world.Executor.WhenStartedAsync(name);
        IReadOnlyList<Allocation> held = await UntilHeldAsync(world, 4);
        Assert.Equal(2, held.Count(a => a.Borrowed));
        Assert.All(held, a => Assert.Equal(("ads", "mia", "production", 1000L), (a.Group, a.Person, a.Pool, a.Amount.MilliCpu)));

        world.Time.Advance(TimeSpan.FromSeconds(1));
        RunId feed = await world.BeginAsync(Work("feed", "mine"));
        AttemptId mine = await world.Executor.WhenStartedAsync("mine");
        AttemptId stopped = Assert.Single(world.Executor.Stopped);
        Assert.Equal(ads, stopped.Run);
        await world.UntilAsync(ads, "abcd"[stopped.Node].ToString(), ActivityStatus.Queued);
        AttemptRow victim = (await world.Store.ListAttemptsAsync(ads, stopped.Node, Cancel)).Single();
        Failure why = JsonSerializer.Deserialize(victim.FailureJson!, RunJson.Default.Failure)!;
        Assert.Equal((FailureKind.Resource, "QUOTA-020"), (why.Kind, why.Code));
        Assert.Contains($"run {feed}", why.Message, StringComparison.Ordinal);

        // The lender is done, so the borrower goes on: its second attempt, though it may be tried once only.
        world.Executor.Release(mine, FakeExecutor.Success());
        await world.EndOfAsync(feed);
        await Eventually.SeeAsync("six started attempts", () => world.Executor.Started, started => started.Count >= 6);
        foreach ((AttemptId id, _) in world.Executor.Started.Where(s => s.Id.Run == ads && s.Id != stopped))
            world.Executor.Release(id, FakeExecutor.Success());
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(ads)).Status);
        Assert.Empty(await world.Quotas.ListAllocationsAsync(Cancel));
    }

    [Theory]
    [InlineData("prodution", "QUOTA-002", "Did you mean \"production\"?")]
    [InlineData("production", "ENG-002", "asks for 9 cores")]
    public async Task What_can_never_run_is_refused_and_says_why(string pool, string code, string words)
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        await world.ApplyAsync(Resources);
        RunRow row = await world.RunAsync($$"""{ "id": "p", "resources": { "pool": "{{pool}}", "cpu": {{(code == "ENG-002" ? 9 : 1)}} }, "activities": { "a": { "type": "test.fresh" } } }""");
        Failure failure = JsonSerializer.Deserialize(row.FailureJson!, RunJson.Default.Failure)!;
        Assert.Equal(code, failure.Code);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Empty(await world.Quotas.ListAllocationsAsync(Cancel));
    }

    [Fact]
    public async Task Without_a_file_any_pool_is_this_machine_and_nothing_is_written_down()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("a");
        RunId run = await world.BeginAsync("""{ "id": "p", "resources": { "pool": "anything" }, "activities": { "a": { "type": "test.fresh" } } }""");
        AttemptId attempt = await world.Executor.WhenStartedAsync("a");
        Assert.Empty(await world.Quotas.ListAllocationsAsync(Cancel));
        // A file applied meanwhile counts what runs already.
        await world.ApplyAsync(Resources);
        Assert.Equal(attempt, Assert.Single(await UntilHeldAsync(world, 1)).Id);
        world.Executor.Release(attempt, FakeExecutor.Success());
        await world.EndOfAsync(run);
        Assert.Empty(await world.Quotas.ListAllocationsAsync(Cancel));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_goes_to_another_pool_is_held_there_and_leaves_its_place_to_others(bool postgres)
    {
        await using EngineWorld world = await EngineWorld.StartAsync(postgres ? await server.CreateDatabaseAsync(Cancel) : null, options: AtOnce);
        await world.ApplyAsync("""
            {
              "pools": { "near": { "executor": "east", "overflow": ["far"] }, "far": { "executor": "west" } },
              "groups": { "ads": { "quotas": {
                "near": { "nominal": { "cpu": 1 }, "borrowingLimit": { "cpu": 0 } }, "far": { "nominal": { "cpu": 0 }, "borrowingLimit": { "cpu": 4 } } } } }
            }
            """);
        world.Executor.Held.UnionWith(["a", "b"]);
        RunId run = await world.BeginAsync(Work("ads", "a").Replace("production", "near", StringComparison.Ordinal));
        AttemptId first = await world.Executor.WhenStartedAsync("a");
        world.Executor.Move(first, "far");
        world.Executor.Move(first, "far"); // Told at least once.
        RunId next = await world.BeginAsync(Work("ads", "b").Replace("production", "near", StringComparison.Ordinal));
        AttemptId second = await world.Executor.WhenStartedAsync("b");
        Dictionary<AttemptId, Allocation> held = (await UntilHeldAsync(world, 2)).ToDictionary(a => a.Id);
        Assert.Equal(("far", "far", true), (held[first].Pool, held[first].Machine, held[first].Borrowed));
        Assert.Equal(("near", "near", false), (held[second].Pool, held[second].Machine, held[second].Borrowed));
        foreach (AttemptId id in (AttemptId[])[first, second])
            world.Executor.Release(id, FakeExecutor.Success());
        await world.EndOfAsync(run);
        await world.EndOfAsync(next);
        world.Executor.Move(first, "near"); // Too late: it has ended.
        await world.Engine.FlushAsync();
        Assert.Empty(await world.Quotas.ListAllocationsAsync(Cancel));
    }

    [Fact]
    public async Task After_a_restart_nobody_goes_before_those_whose_inputs_are_still_being_looked_at()
    {
        await using EngineWorld world = await EngineWorld.StartAsync(options: AtOnce);
        await world.ApplyAsync("""{ "pools": { "production": {} }, "groups": { "ads": { "quotas": { "production": { "nominal": { "cpu": 2 }, "borrowingLimit": { "cpu": 0 } } } } } }""");
        world.Executor.Held.UnionWith(["first", "large", "small"]);
        RunId first = await world.BeginAsync(One("first", 1, "PT1M"));
        AttemptId running = await world.Executor.WhenStartedAsync("first");
        // What it asks for has to be worked out; the small one's is known as it stands.
        RunId large = await world.BeginAsync(One("large", 2, "PT1M", "\"inputs\": { \"number\": \"${{ 1 + 1 }}\" },"));
        await world.UntilAsync(large, "large", ActivityStatus.Queued);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        RunId small = await world.BeginAsync(One("small", 1, "PT10H"));
        await world.UntilAsync(small, "small", ActivityStatus.Queued);
        Assert.Equal(large.Value, (await WhyAsync(small)).Behind!.Value.Run);

        await world.KillEngineAsync();
        await world.StartEngineAsync(options: AtOnce);
        Assert.Equal(large.Value, (await WhyAsync(small)).Behind!.Value.Run);
        world.Executor.Release(running, FakeExecutor.Success());
        await world.EndOfAsync(first);
        world.Executor.Release(await world.Executor.WhenStartedAsync("large"), FakeExecutor.Success());
        await world.EndOfAsync(large);
        world.Executor.Release(await world.Executor.WhenStartedAsync("small"), FakeExecutor.Success());
        await world.EndOfAsync(small);

        async Task<WaitReason> WhyAsync(RunId run)
        {
            return (await Eventually.SeeAsync($"why {run} waits", LookAsync, why => why is { Cause: not WaitCause.Turn }))!;

            async Task<WaitReason?> LookAsync()
            {
                WaitReason? why = (await world.Engine.WhyAsync(run))?.Values.FirstOrDefault();
                if (why is not { Cause: not WaitCause.Turn })
                    Assert.DoesNotContain(world.Executor.Started, s => s.Id.Run == run);
                return why;
            }
        }

        static string One(string name, int cores, string timeout, string inputs = "") => $$"""
            {
              "id": "{{name}}-work", "basic": { "group": "ads" }, "resources": { "pool": "production", "cpu": {{cores}} },
              "activities": { "{{name}}": { "type": "test.fresh", {{inputs}} "advanced": { "timeout": "{{timeout}}" } } }
            }
            """;
    }

    private static string Work(string group, params string[] names) => $$"""
        {
          "id": "{{group}}-work", "basic": { "group": "{{group}}", "owner": "mia" }, "resources": { "pool": "production", "cpu": 1 },
          "activities": { {{string.Join(", ", names.Select(n => $$"""
            "{{n}}": { "type": "test.fresh" }
            """))}} }
        }
        """;

    private static async Task<IReadOnlyList<Allocation>> UntilHeldAsync(EngineWorld world, int count)
    {
        return await Eventually.SeeAsync($"{count} allocations", LookAsync, held => held.Count == count);

        async Task<IReadOnlyList<Allocation>> LookAsync()
        {
            await world.Engine.FlushAsync();
            return await world.Quotas.ListAllocationsAsync(Cancel);
        }
    }
}
