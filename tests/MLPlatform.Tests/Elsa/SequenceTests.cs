using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Activities;
using Xunit;

namespace MLPlatform.Tests.Elsa;

/// <summary>Definitions whose root is a sequence, a state machine, or a flowchart in an activity.</summary>
public sealed class SequenceTests
{
    // As Elsa writes it: no connections, no places, a variable that the first activity sets and the last one reads.
    private const string Sequence = """
        {
          "id": "v1", "definitionId": "greet", "name": "greet", "version": 2, "isLatest": true, "isPublished": true,
          "variables": [ { "id": "rows", "name": "Rows", "typeName": "Object", "isArray": false } ],
          "root": {
            "id": "Sequence1", "nodeId": "Workflow1:Sequence1", "name": "Sequence1", "type": "Elsa.Sequence", "version": 1,
            "customProperties": { "canStartWorkflow": false, "mine": 5 }, "metadata": { "displayText": "All of it" }, "variables": [],
            "activities": [
              { "id": "a", "name": "first", "type": "control.noop", "version": 1, "outputValue": { "typeName": "Object", "memoryReference": { "id": "rows" } } },
              { "id": "b", "name": "second", "type": "Elsa.WriteLine", "version": 1, "text": { "typeName": "String", "expression": { "type": "Literal", "value": "hello" } } },
              { "id": "c", "name": "third", "type": "control.noop", "version": 1, "value": { "typeName": "Object", "expression": { "type": "Variable", "value": { "id": "rows", "name": "Rows" } } } }
            ]
          }
        }
        """;

    [Fact]
    public void A_sequence_is_a_chain_of_its_activities_and_comes_back_as_the_same_sequence()
    {
        string pipeline = Definitions.Import(Sequence);
        JsonObject activities = Definitions.Bare(pipeline)["activities"]!.AsObject();
        Assert.Equal(["first", "second", "third"], activities.Select(a => a.Key));
        Assert.Equal(["null", """["first"]""", """["second"]"""], activities.Select(a => a.Value!["dependsOn"]?.ToJsonString() ?? "null"));
        Definitions.Same(Definitions.Parse(Sequence), Definitions.Parse(Definitions.Export(pipeline)));
        ElsaResult read = Definitions.Read(Sequence);
        Assert.DoesNotContain(read.Diagnostics, d => d.Code is "ELSA-016" or "ELSA-015");
        Assert.Single(read.Diagnostics, d => d.Code == "ELSA-018"); // Only what Elsa writes lines with holds a place.
    }

    [Fact]
    public void What_is_changed_in_the_pipeline_is_changed_in_the_sequence_and_nothing_else()
    {
        JsonObject pipeline = Definitions.Parse(Definitions.Import(Sequence));
        pipeline["activities"]!["second"]!["type"] = "control.noop";
        pipeline["activities"]!["second"]!.AsObject().Remove("inputs");
        pipeline["activities"]!["fourth"] = new JsonObject { ["type"] = "control.noop", ["dependsOn"] = new JsonArray("third") };
        string exported = Definitions.Export(ElsaJson.Print(pipeline));
        JsonObject root = Definitions.Parse(exported)["root"]!.AsObject();
        Assert.Equal(("Elsa.Sequence", "Sequence1", 5), ((string?)root["type"], (string?)root["id"], (int?)root["customProperties"]!["mine"]));
        Assert.Equal(["a", "b", "c", "fourth"], root["activities"]!.AsArray().Select(a => (string?)a!["id"]));
        Assert.False(root.ContainsKey("connections"));
        Definitions.Same(Definitions.Bare(ElsaJson.Print(pipeline)), Definitions.Bare(Definitions.Import(Definitions.WithoutText(exported))));
    }

    [Fact]
    public void Activities_in_another_order_are_the_sequence_in_that_order()
    {
        JsonObject pipeline = Definitions.Parse(Definitions.Import(Sequence)), activities = pipeline["activities"]!.AsObject();
        activities["third"]!["dependsOn"] = new JsonArray("first");
        activities["second"]!["dependsOn"] = new JsonArray("third");
        JsonObject root = Definitions.Parse(Definitions.Export(ElsaJson.Print(pipeline)))["root"]!.AsObject();
        Assert.Equal(["a", "c", "b"], root["activities"]!.AsArray().Select(a => (string?)a!["id"]));
    }

    [Fact]
    public void A_pipeline_that_is_no_chain_any_more_is_drawn_as_a_flowchart_with_the_same_identity()
    {
        JsonObject pipeline = Definitions.Parse(Definitions.Import(Sequence));
        pipeline["activities"]!["third"]!.AsObject().Remove("dependsOn"); // It reads the first, beside the second.
        string exported = Definitions.Export(ElsaJson.Print(pipeline));
        JsonObject root = Definitions.Parse(exported)["root"]!.AsObject();
        Assert.Equal(("Elsa.Flowchart", "Sequence1", "All of it"), ((string?)root["type"], (string?)root["id"], (string?)root["metadata"]!["displayText"]));
        Assert.Equal(2, root["connections"]!.AsArray().Count);
        Assert.All(root["activities"]!.AsArray(), a => Assert.NotNull(a!["metadata"]!["designer"]!["position"]));
        Definitions.Same(Definitions.Bare(ElsaJson.Print(pipeline)), Definitions.Bare(Definitions.Import(Definitions.WithoutText(exported))));
    }

    [Theory]
    [InlineData("Elsa.StateMachine", """ "states": [ { "name": "Idle" } ], "transitions": [] """)]
    [InlineData("Elsa.If", """ "then": { "id": "F", "type": "Elsa.Flowchart", "activities": [ { "id": "x", "type": "control.noop" } ], "connections": [] } """)]
    public void Other_roots_hold_one_place_are_named_and_come_back_whole(string type, string inside)
    {
        string definition = $$"""{ "id": "v1", "definitionId": "one", "name": "one", "version": 1, "root": { "id": "R", "type": "{{type}}", "version": 1, {{inside}} } }""";
        ElsaResult read = Definitions.Read(definition);
        Assert.Contains(read.Diagnostics, d => d.Code == "ELSA-016" && d.Message.Contains(type, StringComparison.Ordinal));
        Assert.Contains(read.Diagnostics, d => d.Code == "ELSA-015");
        string pipeline = Encoding.UTF8.GetString(read.Text!);
        Assert.Equal(["PIPE-013"], PipelineCompiler.Compile(read.Text!, "pipeline.json", BuiltInActivities.Catalog()).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Code));
        Definitions.Same(Definitions.Parse(definition), Definitions.Parse(Definitions.Export(pipeline)));
    }

    [Fact]
    public void A_sequence_without_activities_or_with_an_id_twice_is_told()
    {
        Assert.Contains(Definitions.Read(Sequence.Replace("\"id\": \"b\"", "\"id\": \"a\"", StringComparison.Ordinal)).Diagnostics, d => d.Code == "ELSA-003");
        Assert.Contains(Definitions.Read("""{ "id": "v1", "root": { "id": "S", "type": "Elsa.Sequence", "activities": [] } }""").Diagnostics, d => d.Code == "ELSA-020");
    }
}
