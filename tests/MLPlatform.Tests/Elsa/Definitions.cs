using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Activities;
using Xunit;

namespace MLPlatform.Tests.Elsa;

/// <summary>Both ways of the mapping, by text.</summary>
internal static class Definitions
{
    public static string Export(string pipeline) => Done(ElsaMapping.Export(Encoding.UTF8.GetBytes(pipeline), "pipeline.json"));

    public static string Import(string definition) => Done(Read(definition));

    public static ElsaResult Read(string definition) => ElsaMapping.Import(Encoding.UTF8.GetBytes(definition), "definition.json", BuiltInActivities.Catalog());

    public static JsonObject Parse(string text) => ElsaJson.Parse(text)!.AsObject();

    /// <summary>The definition as Elsa would give it back had it lost the text of the pipeline.</summary>
    public static string WithoutText(string definition)
    {
        JsonObject parsed = Parse(definition);
        (parsed["customProperties"]?["mlplatform"] as JsonObject)?.Remove("source");
        return ElsaJson.Print(parsed);
    }

    /// <summary>The pipeline without the definition that travels in it.</summary>
    public static JsonObject Bare(string pipeline)
    {
        JsonObject parsed = Parse(pipeline);
        parsed.Remove("elsa");
        return parsed;
    }

    public static void Same(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"Expected:\n{expected?.ToJsonString()}\nActual:\n{actual?.ToJsonString()}");

    private static string Done(ElsaResult result)
    {
        Assert.DoesNotContain(result.Diagnostics, d => d.Severity == DiagnosticSeverity.Error);
        return Encoding.UTF8.GetString(result.Text!);
    }
}
