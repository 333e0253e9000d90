using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Engine.Binding;
using Xunit;

namespace MLPlatform.Tests.Plans;

public sealed class PlanCacheTests
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    [Fact]
    public void The_hash_of_a_plan_is_the_hash_of_its_bytes()
    {
        foreach (int nodes in new[] { 0, 1, 5000 })
            Assert.Equal(PlanJson.Hash(PlanJson.Serialize(Plan("p", nodes))), PlanJson.Hash(Plan("p", nodes)));
    }

    [Fact]
    public void Small_plans_are_kept_in_number_and_large_ones_make_room()
    {
        PlanTemplateCache cache = new();
        for (int i = 0; i < 100; i++)
            cache.Add(Plan("small", 1), $"small{i}");
        Assert.Equal(64, cache.Nodes);
        Assert.NotNull(cache.Find("small99"));
        Assert.Null(cache.Find("small0"));
        for (int i = 0; i < 5; i++)
            cache.Add(Plan("large", 60_000), $"large{i}");
        Assert.Equal(60_000, cache.Nodes);
        Assert.NotNull(cache.Find("large4"));
        cache.Add(Plan("huge", 150_000), "huge");
        Assert.Equal(150_000, cache.Nodes);
    }

    private static RunPlan Plan(string pipeline, int nodes) => new()
    {
        Pipeline = pipeline,
        PipelineHash = "h",
        Parameters = Empty,
        Basic = Empty,
        Alarms = Empty,
        Outputs = Empty,
        Nodes = [.. Enumerable.Range(0, nodes).Select(i => new PlannedNode
        {
            Name = $"s{i}",
            Type = "control.noop",
            Version = 1,
            Placement = ActivityPlacement.Inline,
            Cacheable = false,
            DependsOn = [],
            Inputs = Empty,
            Resources = ResourceRequest.None,
            Retry = new RetryPolicy(),
        })],
    };
}
