using System.Text;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

internal static class CompileAssert
{
    public static CompileResult Compile(string json) =>
        PipelineCompiler.Compile(Encoding.UTF8.GetBytes(json), "p.json", SampleActivities.Catalog);

    public static CompiledPipeline Compiles(string json)
    {
        CompileResult result = Compile(json);
        Assert.Empty(result.Diagnostics);
        return result.Pipeline!;
    }

    /// <summary>Wraps the inside of "activities" into a pipeline that has parameters day, dim and data.</summary>
    public static string Pipeline(string activities, string more = "") => $$"""
        {
          "id": "sample",
          "parameters": { "day": { "type": "date", "default": "2025-03-01" }, "dim": { "type": "integer", "default": 16 }, "data": { "type": "string", "default": "x" } },
          "activities": {
        {{activities}}
          }{{(more.Length == 0 ? "" : ", " + more)}}
        }
        """;

    /// <summary>The one error there is.</summary>
    public static Diagnostic OnlyError(string json)
    {
        CompileResult result = Compile(json);
        Assert.Null(result.Pipeline);
        return Assert.Single(result.Diagnostics);
    }
}
