using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Budgets;
using MLPlatform.Engine.Scheduling;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Budgets;

/// <summary>An engine with two GPUs, whose groups have budgets; time is what the test says.</summary>
public sealed class BudgetLedgerTests(PostgresServer server)
{
    private const string Resources = """
        {
          "pools": { "production": {} },
          "groups": {
            "reco": { "budget": { "gpuHours": 3, "exhausted": "hold" } },
            "ads": { "parent": "reco", "persons": { "mia": { "budget": { "gpuHours": 2, "exhausted": "hold" } } } }
          }
        }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_used_budget_holds_what_asks_for_a_GPU_until_the_next_month_and_counts_each_hour_once_over_a_crash(bool postgres)
    {
        await using EngineWorld world = await EngineWorld.StartAsync(postgres ? await server.CreateDatabaseAsync(Cancel) : null, gpus: 2);
        await world.ApplyAsync(Resources);
        world.Executor.Held.UnionWith(["first", "second"]);
        RunId first = await world.BeginAsync(Work("first", "gpu"));
        AttemptId attempt = await world.Executor.WhenStartedAsync("first");
        world.Time.Advance(TimeSpan.FromHours(1.5));
        Assert.Equal(1.5, await HoursAsync(world), 9); // It runs, and counts up to now.

        // The server dies; the attempt goes on, and another life of the server takes it up.
        await world.KillEngineAsync();
        world.Time.Advance(TimeSpan.FromHours(0.5));
        await world.StartEngineAsync(gpus: 2);
        Assert.Equal(2, await HoursAsync(world), 9);
        world.Executor.Release(attempt, FakeExecutor.Success());
        await world.EndOfAsync(first);
        Assert.Equal(2, await HoursAsync(world), 9);

        await world.LookAsync();
        RunId held = await world.BeginAsync(Work("second", "gpu"));
        await world.UntilAsync(held, "second", ActivityStatus.Queued);
        await world.EndOfAsync(await world.BeginAsync(Work("other", "cpu"))); // What asks for no GPU is not held.
        WaitReason why = (await world.Engine.WhyAsync(held))![0];
        Assert.Equal("the budget of mia of ads is used up: 2 of 2 GPU hours in 2026-03", why.What);
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), why.Earliest);
        Assert.DoesNotContain(world.Executor.Started, s => s.Id.Run == held);

        world.Time.Advance(why.Earliest!.Value - world.Time.GetUtcNow());
        await world.LookAsync();
        world.Executor.Release(await world.Executor.WhenStartedAsync("second"), FakeExecutor.Success());
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(held)).Status);
    }

    [Fact]
    public async Task What_a_budget_holds_begins_once_the_budget_is_raised()
    {
        await using EngineWorld world = await EngineWorld.StartAsync(gpus: 2);
        await world.ApplyAsync(Resources.Replace("\"gpuHours\": 2", "\"gpuHours\": 0", StringComparison.Ordinal));
        RunId held = await world.BeginAsync(Work("first", "gpu"));
        await world.UntilAsync(held, "first", ActivityStatus.Queued);
        Assert.Contains("0 of 0 GPU hours", (await world.Engine.WhyAsync(held))![0].What, StringComparison.Ordinal);
        await world.ApplyAsync(Resources);
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(held)).Status);
    }

    private static async Task<double> HoursAsync(EngineWorld world)
    {
        await world.Engine.FlushAsync();
        IReadOnlyList<Consumption> used = await new ConsumptionReader(world.Get<IConsumptionStore>(), world.Store).ReadAsync(world.Time.GetUtcNow(), Cancel);
        return used.Where(u => u.Key is { Group: "ads", Person: "mia" }).Sum(u => u.GpuHours);
    }

    private static string Work(string name, string resource) => $$"""
        { "id": "{{name}}-work", "basic": { "group": "ads", "owner": "mia" }, "resources": { "pool": "production", "cpu": 1{{(resource == "gpu" ? ", \"gpu\": 1" : "")}} },
          "activities": { "{{name}}": { "type": "test.fresh" } } }
        """;
}
