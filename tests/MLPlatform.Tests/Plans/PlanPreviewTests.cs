using CsCheck;
using MLPlatform.Core.Plans;
using MLPlatform.Tests.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Plans;

public sealed class PlanPreviewTests
{
    private static RunPlan Plan(string activities) => RunPlanner.Plan(
        CompileAssert.Compiles($$"""{ "id": "p", "activities": { {{activities}} } }"""),
        new PlanRequest { LogicalDate = new DateTimeOffset(2025, 3, 2, 0, 0, 0, TimeSpan.Zero) }).Plan!;

    private static string Step(string name, int cpu, params string[] needs) =>
        $$"""
        "{{name}}": { "type": "test.step", "dependsOn": [{{string.Join(", ", needs.Select(n => $"\"{n}\""))}}], "resources": { "cpu": {{cpu}} } }
        """;

    private static readonly RunPlan Diamond = Plan(string.Join(",", Step("a", 1), Step("fast", 2, "a"), Step("slow", 4, "a"), Step("end", 1, "fast", "slow"), Step("alone", 8)));

    [Fact]
    public void The_critical_path_is_the_longest_way_by_known_durations()
    {
        PlanPreview preview = PlanPreview.Of(Diamond, new PlanKnowledge { Seconds = new Dictionary<string, double> { ["a"] = 10, ["fast"] = 5, ["slow"] = 60, ["end"] = 1, ["alone"] = 30 } });
        Assert.Equal(["a", "slow", "end"], preview.CriticalPath);
        Assert.Equal((71, 106), (preview.CriticalSeconds, preview.TotalSeconds));
        Assert.Equal([0, 55, 0, 0, 41], preview.Nodes.Select(n => n.Slack));
        Assert.Equal([0, 1, 1, 2, 0], preview.Nodes.Select(n => n.Level));
        Assert.Equal(3, preview.Levels);
    }

    [Fact]
    public void The_peak_is_what_runs_at_one_moment_and_the_total_what_all_ask_for()
    {
        PlanPreview preview = PlanPreview.Of(Diamond, new PlanKnowledge { Seconds = new Dictionary<string, double> { ["a"] = 10, ["fast"] = 5, ["slow"] = 60, ["end"] = 1, ["alone"] = 30 } });
        Assert.Equal(14_000, preview.Peak.MilliCpu);
        Assert.Equal(16_000, preview.Total.MilliCpu);
    }

    [Fact]
    public void A_cache_hit_takes_no_time_and_unknown_nodes_count_one_unit()
    {
        PlanPreview preview = PlanPreview.Of(Diamond, new PlanKnowledge { Cache = n => n.Name == "a" ? new CacheVerdict.Hit("run 1") : new CacheVerdict.Miss("new") });
        Assert.Equal([0, 1, 1, 1, 1], preview.Nodes.Select(n => n.Seconds));
        Assert.Equal(2, preview.CriticalSeconds);
        Assert.Equal(["a", "fast", "end"], preview.CriticalPath);
        Assert.All(preview.Nodes, n => Assert.False(n.SecondsKnown));
    }

    [Fact]
    public void No_way_through_any_plan_is_longer_than_the_critical_path() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[0, int.MaxValue]).Sample((count, seed) =>
        {
            Random random = new(seed);
            RunPlan plan = Plan(string.Join(",", Enumerable.Range(0, count).Select(i =>
                Step($"n{i}", 1, [.. Enumerable.Range(0, i).Where(_ => random.Next(4) == 0).Select(d => $"n{d}")]))));
            Dictionary<string, double> seconds = plan.Nodes.ToDictionary(n => n.Name, _ => (double)random.Next(10));
            PlanPreview preview = PlanPreview.Of(plan, new PlanKnowledge { Seconds = seconds });
            double along = preview.CriticalPath.Sum(n => seconds[n]);
            Assert.Equal(preview.CriticalSeconds, along);
            Assert.Equal(preview.CriticalSeconds, preview.Nodes.Max(n => n.EarliestStart + n.Seconds));
            Assert.All(preview.Nodes, n => Assert.All(n.Node.DependsOn, d => Assert.True(preview.Nodes[d].EarliestStart + preview.Nodes[d].Seconds <= n.EarliestStart)));
            Assert.True(preview.Peak.MilliCpu <= preview.Total.MilliCpu);
        }, iter: 200, threads: 1);
}
