using System.Text.Json.Nodes;
using CsCheck;
using MLPlatform.Core.Elsa;
using Xunit;

namespace MLPlatform.Tests.Elsa;

public sealed class MappingProperties
{
    [Fact]
    public void Any_pipeline_comes_back_from_Elsa_byte_for_byte() => PipelineGen.Pipeline.Sample(pipeline =>
    {
        string text = ElsaJson.Print(pipeline).Replace("  ", " ", StringComparison.Ordinal); // Not the mapping's own way to write.
        Assert.Equal(text, Definitions.Import(Definitions.Export(text)));
    }, iter: 300);

    [Fact]
    public void Any_pipeline_means_the_same_where_Elsa_lost_its_text() => PipelineGen.Pipeline.Sample(pipeline =>
        Definitions.Same(pipeline, Definitions.Bare(Definitions.Import(Definitions.WithoutText(Definitions.Export(ElsaJson.Print(pipeline)))))), iter: 300);

    [Fact]
    public void Any_definition_comes_back_from_the_platform_whole() => DefinitionGen.Definition.Sample(definition =>
        Definitions.Same(definition, Definitions.Parse(Definitions.Export(Definitions.Import(ElsaJson.Print(definition))))), iter: 300);

    [Fact]
    public void What_was_placed_by_hand_stays_where_one_activity_of_an_imported_pipeline_changes() =>
        Gen.Select(DefinitionGen.Definition, Gen.Int[0, 20]).Sample((definition, at) =>
        {
            JsonObject pipeline = Definitions.Parse(Definitions.Import(ElsaJson.Print(definition)));
            JsonObject activities = pipeline["activities"]!.AsObject();
            if (activities.Count == 0)
                return;
            (string name, JsonNode? changed) = activities.ElementAt(at % activities.Count);
            changed!["advanced"] = new JsonObject { ["timeout"] = "PT5M" };
            string text = ElsaJson.Print(pipeline);
            string exported = Definitions.Export(text);
            Assert.Equal(text, Definitions.Import(exported));
            JsonObject back = Definitions.Parse(exported);
            Definitions.Same(Places(definition), Places(back));
            Definitions.Same(definition["root"]!["connections"], back["root"]!["connections"]);
            Assert.Equal("PT5M", (string?)Definitions.Bare(Definitions.Import(Definitions.WithoutText(exported)))["activities"]![name]!["advanced"]!["timeout"]);
        }, iter: 300);

    private static JsonArray Places(JsonObject definition) =>
        [.. definition["root"]!["activities"]!.AsArray().Select(a => new JsonObject { ["id"] = a!["id"]!.DeepClone(), ["metadata"] = a["metadata"]?["designer"]?.DeepClone() })];
}
