using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines.Checks;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines;

/// <summary>Turns a pipeline file into a compiled pipeline, or says all that is wrong with it, each with its place.</summary>
public static class PipelineCompiler
{
    /// <param name="utf8">The file's bytes; they must not change while the result is used.</param>
    /// <param name="fileName">The name that diagnostics give.</param>
    public static CompileResult Compile(ReadOnlyMemory<byte> utf8, string fileName, ActivityCatalog catalog)
    {
        SourceFile source = new(utf8, fileName);
        DiagnosticList problems = new(source);
        if (SourceReader.Read(source, problems) is not { } root)
            return new CompileResult(null, problems.ToList());
        if (root.Kind != JsonValueKind.Object)
        {
            problems.Error("PIPE-004", root, "a pipeline file holds one object", "See pipeline.schema.json.");
            return new CompileResult(null, problems.ToList());
        }

        // 1. The shape of everything, by the C# types. 2. What the types cannot say. 3. How it hangs together.
        new ShapeCheck(problems, "a pipeline", onExpression: null).Check(root, ShapeOf.Get(typeof(PipelineFile)));
        PipelineNames names = PipelineNames.Of(root, catalog);
        NameChecks.Check(root, problems);
        ParameterChecks.Check(root, names, problems);
        ScheduleChecks.Check(root, names, problems);
        AlarmChecks.Check(root, problems);
        ActivityGraph graph = new([.. names.Activities.Select(a => a.Name)], problems);
        new ActivityChecks(names, graph, problems).Check(root);
        IReadOnlyList<int> order = graph.Order();

        CompiledPipeline? compiled = problems.Errors == 0 ? Build(source, root, names, graph, order, problems) : null;
        return new CompileResult(compiled, problems.ToList());
    }

    private static CompiledPipeline? Build(
        SourceFile source, SourceNode root, PipelineNames names, ActivityGraph graph, IReadOnlyList<int> order, DiagnosticList problems)
    {
        JsonElement json = source.Element(root);
        PipelineFile file;
        try
        {
            file = json.Deserialize<PipelineFile>(ActivityJson.Options)!;
        }
        catch (JsonException e)
        {
            problems.Error("PIPE-004", root, $"the file cannot be read: {e.Message}");
            return null;
        }
        int[] position = new int[order.Count];
        for (int i = 0; i < order.Count; i++)
            position[order[i]] = i;
        return new CompiledPipeline
        {
            FileName = source.Name,
            Hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(json))),
            Utf8 = source.Utf8,
            File = file,
            Activities = [.. order.Select(at => new CompiledActivity(
                names.Activities[at].Name, file.Activities[names.Activities[at].Name], names.Activities[at].Descriptor!,
                [.. graph.Needs(at).Select(n => position[n]).Order()]))],
        };
    }
}
