using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;
using Xunit;

namespace MLPlatform.Tests.Elsa;

/// <summary>Parts of activities that Elsa's designer edits as fields.</summary>
public sealed class ElsaFieldsTests
{
    private const string File = """
        {
          "id": "fields",
          "activities": {
            "first": { "type": "control.noop" },
            "asks": { "type": "control.http", "inputs": { "url": "http://127.0.0.1:9/", "headers": { "Accept": "text/plain" } } },
            "each": { "type": "control.noop", "dependsOn": ["first"], "when": "${{ activities.first.status == 'succeeded' }}", "forEach": [1, 2.50, "x"], "maxParallel": 2, "join": "any", "resources": { "cpu": 0.5, "memory": "1Gi" } }
          }
        }
        """;

    [Fact]
    public void Showing_and_keeping_changes_nothing()
    {
        JsonObject definition = Definition(), before = definition.DeepClone().AsObject();
        ElsaFields.Show(definition);
        JsonObject each = Activity(definition, "each");
        Assert.Equal("MLPlatform", (string?)each["mlplatformWhen"]!["expression"]!["type"]);
        Assert.Equal("any", (string?)each["mlplatformJoin"]!["expression"]!["value"]);
        // The designer's JSON editor shows literals alone.
        Assert.Equal("Literal", (string?)each["mlplatformResources"]!["expression"]!["type"]);
        Assert.Equal("Literal", (string?)Activity(definition, "asks")["headers"]!["expression"]!["type"]);
        Assert.False(Activity(definition, "first").ContainsKey("mlplatformWhen"));
        ElsaFields.Keep(definition);
        Assert.Equal(before.ToJsonString(), definition.ToJsonString());
    }

    [Theory]
    [InlineData("first", "mlplatformWhen", "MLPlatform", "parameters.on", "String", "when", "\"${{ parameters.on }}\"")]
    [InlineData("first", "mlplatformForEach", "Object", "[1, 2]", "Object", "forEach", "[1,2]")]
    [InlineData("first", "mlplatformMaxParallel", "Literal", "3", "Int64", "maxParallel", "3")]
    [InlineData("first", "mlplatformForEach", "Literal", "[1, 2]", "Object", "forEach", "[1,2]")]
    [InlineData("each", "mlplatformResources", "Literal", "", "Object", "resources", null)]
    [InlineData("asks", "headers", "Literal", "{\"Accept\": \"*/*\"}", "Object", "inputs", "{\"url\":\"http://127.0.0.1:9/\",\"headers\":{\"Accept\":\"*/*\"}}")]
    [InlineData("asks", "headers", "Literal", "", "Object", "inputs", "{\"url\":\"http://127.0.0.1:9/\"}")]
    [InlineData("each", "mlplatformJoin", "Literal", "allDone", "String", "join", "\"allDone\"")]
    [InlineData("each", "mlplatformJoin", "Literal", "", "String", "join", null)]
    [InlineData("each", "mlplatformResources", "Object", null, "Object", "resources", null)]
    public void What_was_edited_is_in_the_pipeline(string activity, string member, string syntax, string? value, string type, string part, string? wanted)
    {
        JsonObject definition = Definition();
        ElsaFields.Show(definition);
        Activity(definition, activity)[member] = new JsonObject { ["typeName"] = type, ["expression"] = new JsonObject { ["type"] = syntax, ["value"] = value } };
        ElsaFields.Keep(definition);
        ElsaResult back = ElsaMapping.Import(Encoding.UTF8.GetBytes(definition.ToJsonString()), "d.json", Pipelines.SampleActivities.Catalog);
        JsonNode pipeline = JsonNode.Parse(back.Text!)!;
        Assert.Equal(wanted, pipeline["activities"]![activity]![part]?.ToJsonString());
    }

    private static JsonObject Definition() => JsonNode.Parse(ElsaMapping.Export(Encoding.UTF8.GetBytes(File), "p.json").Text!)!.AsObject();

    private static JsonObject Activity(JsonObject definition, string name) => definition["root"]!["activities"]!.AsArray().OfType<JsonObject>().Single(a => (string?)a["id"] == name);
}
