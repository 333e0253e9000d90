using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Tests.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Plans;

public sealed class RunPlannerTests
{
    private static readonly DateTimeOffset Date = new(2025, 3, 2, 3, 0, 0, TimeSpan.Zero);

    private static PlanResult Plan(string json, string parameters = "{}") => RunPlanner.Plan(
        CompileAssert.Compiles(json), new PlanRequest { LogicalDate = Date, Parameters = JsonElement.Parse(parameters), Trigger = JsonElement.Parse("""{"type":"manual"}""") });

    private const string Small = """
        {
          "id": "small",
          "parameters": {
            "day": { "type": "date", "default": "${{ trigger.logicalDate }}" },
            "dim": { "type": "integer", "minimum": 1, "maximum": 64, "default": 16 },
            "data": { "type": "string" },
            "names": { "type": "list", "required": false }
          },
          "resources": { "cpu": "500m", "memory": "1Gi", "priority": "high" },
          "advanced": { "retry": { "maxAttempts": 3, "maxDelay": "PT1M" }, "timeout": "PT1H" },
          "activities": {
            "make": { "type": "test.make", "inputs": { "source": "${{ parameters.data }}" } },
            "own": { "type": "test.use", "inputs": { "table": "${{ activities.make.outputs.table }}" },
                     "resources": { "cpu": 2, "pool": "gpu" }, "advanced": { "retry": { "maxAttempts": 1 }, "cache": "off" } },
            "step": { "type": "test.step", "dependsOn": ["own"], "join": "allDone" }
          }
        }
        """;

    [Fact]
    public void Defaults_are_bound_and_expressions_in_them_evaluated()
    {
        RunPlan plan = Plan(Small, """{"data":"logs"}""").Plan!;
        Assert.Equal("""{"day":"2025-03-02","dim":16,"data":"logs","names":null}""", plan.Parameters.GetRawText());
    }

    private const string Waits = """
        {
          "id": "waits",
          "activities": {
            "a": { "type": "test.step" },
            "b": { "type": "test.step" },
            "c": { "type": "test.step", "dependsOn": ["a", "b"], "join": "any", "when": "${{ run.pipeline == 'waits' }}",
                   "schedule": { "dependsOn": [ { "pipeline": "user-profile", "offset": "-P1D" } ] } },
            "d": { "type": "test.step", "dependsOn": ["b", "c"] },
            "e": { "type": "test.step", "forEach": [1, 2], "schedule": { "dependsOn": [ { "pipeline": "hourly", "offset": "PT0S" } ] } }
          }
        }
        """;

    [Fact]
    public void A_wait_for_other_pipelines_takes_the_place_of_the_activity_that_declares_it()
    {
        RunPlan plan = Plan(Waits).Plan!;
        Assert.Equal(["a", "b", "c:upstream", "c", "d", "e:upstream", "e"], plan.Nodes.Select(n => n.Name));
        Assert.Equal(["", "", "0,1", "2", "1,3", "", "5"], plan.Nodes.Select(n => string.Join(',', n.DependsOn)));
        Assert.Equal((Join.Any, "${{ run.pipeline == 'waits' }}"), (plan.Nodes[2].Join, plan.Nodes[2].When));
        Assert.Equal((Join.All, null), (plan.Nodes[3].Join, plan.Nodes[3].When)); // What came of the wait says it all.
        Assert.Null(plan.Nodes[5].ForEach); // One wait for all items.
        Assert.Equal("""[{"pipeline":"user-profile","offset":"-P1D"}]""", plan.Nodes[2].Inputs.GetProperty("runs").GetRawText());
    }

    [Fact]
    public void What_an_activity_waits_for_counts_when_pipelines_are_searched_for_circles() =>
        Assert.Equal(["user-profile", "hourly"], CompileAssert.Compiles(Waits).File.WithActivityDependencies().DependsOn.Select(d => d.Pipeline));

    [Fact]
    public void The_planned_wait_is_the_activity_there_is()
    {
        ActivityDescriptor built = ActivityCatalog.FromAssemblies(typeof(MLPlatform.Activities.Control.AwaitUpstream).Assembly).Find(UpstreamWait.Type)!;
        PlannedNode planned = Plan(Waits).Plan!.Nodes[2];
        Assert.Equal((built.Type, built.Version, built.Placement, built.Cacheable), (planned.Type, planned.Version, planned.Placement, planned.Cacheable));
    }

    [Fact]
    public void Text_given_for_another_type_is_read_as_json()
    {
        RunPlan plan = Plan(Small, """{"data":"7","dim":"32","names":"[1,2]"}""").Plan!;
        Assert.Equal("""{"day":"2025-03-02","dim":32,"data":"7","names":[1,2]}""", plan.Parameters.GetRawText());
    }

    [Fact]
    public void Every_wrong_parameter_is_reported_at_once()
    {
        PlanResult result = Plan(Small, """{"dim":99,"day":"yesterday","dta":"x"}""");
        Assert.Null(result.Plan);
        Assert.Equal(["PLAN-002", "PLAN-004", "PLAN-004", "PLAN-003"], result.Diagnostics.Select(d => d.Code));
        Assert.Equal("Did you mean \"data\"?", result.Diagnostics[0].Hint);
    }

    [Fact]
    public void Own_sections_win_over_the_pipelines_and_those_over_the_defaults()
    {
        RunPlan plan = Plan(Small, """{"data":"logs"}""").Plan!;
        Assert.Equal(new ResourceRequest(500, 1L << 30, Priority: 10), plan.Nodes[0].Resources);
        Assert.Equal(new ResourceRequest(2000, 1L << 30, 0, "gpu", 10), plan.Nodes[1].Resources);
        Assert.Equal(new ResourceRequest(0, 0, Priority: 10), plan.Nodes[2].Resources);
        Assert.Equal((3, 1), (plan.Nodes[0].Retry.MaxAttempts, plan.Nodes[1].Retry.MaxAttempts));
        Assert.Equal(TimeSpan.FromMinutes(1), plan.Nodes[1].Retry.MaxDelay);
        Assert.Equal((CacheMode.Auto, CacheMode.Off), (plan.Nodes[0].Cache, plan.Nodes[1].Cache));
        Assert.Equal(Join.AllDone, plan.Nodes[2].Join);
    }

    [Fact]
    public void A_plan_survives_being_written_and_read_with_the_same_hash()
    {
        RunPlan plan = Plan(Small, """{"data":"logs"}""").Plan!;
        byte[] json = PlanJson.Serialize(plan);
        RunPlan again = PlanJson.Deserialize(json);
        Assert.Equal(json, PlanJson.Serialize(again));
        Assert.Equal(PlanJson.Hash(plan), PlanJson.Hash(json));
        Assert.Matches("^sha256:[0-9a-f]{64}$", PlanJson.Hash(json));
        Assert.NotEqual(PlanJson.Hash(plan), PlanJson.Hash(Plan(Small, """{"data":"other"}""").Plan!));
    }
}
