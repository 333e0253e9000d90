using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Features;

/// <param name="Group">Null where there are errors.</param>
/// <param name="Hash">The hash of the file's content, white space aside; empty where there are errors.</param>
public sealed record FeatureGroupResult(FeatureGroup? Group, string Hash, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Turns a file into a feature group, or says all that is wrong with it, each with its place.</summary>
public static class FeatureGroupCompiler
{
    /// <param name="fileName">The name that diagnostics give.</param>
    public static FeatureGroupResult Compile(ReadOnlyMemory<byte> utf8, string fileName)
    {
        SourceFile source = new(utf8, fileName);
        DiagnosticList problems = new(source);
        if (SourceReader.Read(source, problems) is not { } root)
            return new FeatureGroupResult(null, "", problems.ToList());
        // 1. The shape of everything, by the C# types. 2. What the types cannot say.
        new ShapeCheck(problems, "a feature group", onExpression: null).Check(root, ShapeOf.Get(typeof(FeatureGroup)));
        if (problems.Errors > 0)
            return new FeatureGroupResult(null, "", problems.ToList());
        JsonElement json = source.Element(root);
        FeatureGroup group = json.Deserialize<FeatureGroup>(ActivityJson.Options)!;
        FeatureGroupChecks.Check(group, root, problems);
        return problems.Errors > 0
            ? new FeatureGroupResult(null, "", problems.ToList())
            : new FeatureGroupResult(group, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(json))), problems.ToList());
    }
}
