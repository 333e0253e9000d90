using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class ValidPipelineTests
{
    internal const string Whole = """
        {
          "$schema": "./pipeline.schema.json",
          "id": "appstore-ctr",
          "basic": { "name": "App store click-through", "owner": "reco", "group": "appstore", "labels": { "tier": "gold" } },
          "parameters": { "day": { "type": "date", "default": "${{ trigger.logicalDate }}" }, "dim": { "type": "integer", "default": 16, "minimum": 1 } },
          "schedule": {
            "triggers": [
              { "type": "cron", "cron": "0 3 * * *", "timeZone": "Asia/Shanghai", "catchUp": "latest" },
              { "type": "feedback", "model": "appstore-ctr", "minEvents": 50000, "metric": "auc", "below": 0.72, "window": "PT24H" }
            ],
            "dependsOn": [ { "pipeline": "user-profile", "offset": "P0D" } ],
            "maxActiveRuns": 1
          },
          "resources": { "pool": "production", "priority": "normal", "cpu": 1, "memory": "2Gi" },
          "alarms": [ { "on": ["failed", "timedOut"], "to": ["oncall"] }, { "on": ["queued"], "longerThan": "PT30M", "to": ["oncall"] } ],
          "advanced": { "retry": { "maxAttempts": 3, "backoff": "exponential", "initialDelay": "PT10S", "maxDelay": "PT5M", "jitter": true }, "timeout": "PT2H", "cache": "auto" },
          "activities": {
            "deploy":  { "type": "test.step", "dependsOn": ["train"], "when": "${{ activities.train.outputs.auc >= 0.7 }}" },
            "collect": { "type": "test.make", "inputs": { "source": "appstore/logs", "until": "${{ parameters.day }}" } },
            "train":   { "type": "test.use", "inputs": { "table": "${{ activities.collect.outputs.table }}", "dim": "${{ parameters.dim }}", "mode": "verySlow" }, "resources": { "cpu": 2, "memory": "8Gi" } }
          },
          "outputs": { "auc": "${{ activities.train.outputs.auc }}", "model": "${{ activities.train.outputs.model }}" }
        }
        """;

    [Fact]
    public void A_file_with_all_five_sections_compiles()
    {
        CompileResult result = CompileAssert.Compile(Whole);
        Assert.Empty(result.Diagnostics);
        Assert.Equal("appstore-ctr", result.Pipeline!.Id);
        Assert.Equal(2, result.Pipeline.File.Schedule.Triggers.Count);
    }

    [Fact]
    public void A_reference_is_a_dependency_and_the_order_follows()
    {
        CompiledPipeline pipeline = CompileAssert.Compile(Whole).Pipeline!;
        Assert.Equal(["collect", "train", "deploy"], pipeline.Activities.Select(a => a.Name));
        Assert.Equal([[], [0], [1]], pipeline.Activities.Select(a => a.DependsOn.ToArray()));
    }

    [Fact]
    public void File_order_is_kept_where_dependencies_leave_a_choice()
    {
        CompiledPipeline pipeline = CompileAssert.Compiles(CompileAssert.Pipeline("""
            "c": { "type": "test.step" },
            "a": { "type": "test.step", "dependsOn": ["z"] },
            "b": { "type": "test.step" },
            "z": { "type": "test.step" }
            """));
        Assert.Equal(["c", "z", "a", "b"], pipeline.Activities.Select(a => a.Name));
    }

    [Fact]
    public void Null_may_stand_in_a_map_or_list_whose_values_may_be_missing() => CompileAssert.Compiles(CompileAssert.Pipeline("""
        "make": { "type": "test.make", "inputs": { "source": "s" } },
        "use": { "type": "test.use", "inputs": { "table": "${{ activities.make.outputs.table }}", "replace": { "many": null, "few": "3" }, "names": [null, "a"] } }
        """));

    [Fact]
    public void White_space_does_not_change_the_hash_but_a_value_does()
    {
        string json = CompileAssert.Pipeline("\"a\": { \"type\": \"test.step\" }");
        string hash = CompileAssert.Compiles(json).Hash;
        Assert.Equal(hash, CompileAssert.Compiles(json.Replace("\n", "\n\n  ", StringComparison.Ordinal)).Hash);
        Assert.NotEqual(hash, CompileAssert.Compiles(json.Replace("16", "17", StringComparison.Ordinal)).Hash);
    }
}
