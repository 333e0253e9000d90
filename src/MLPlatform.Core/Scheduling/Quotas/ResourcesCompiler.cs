using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Reads a resources file, or tells all that is wrong with it at once, each mistake with its place.</summary>
public static class ResourcesCompiler
{
    /// <summary>The JSON Schema (draft 2020-12) of resources files, made from the types that read them.</summary>
    public static string Schema() => SettingsSchema.Generate<ResourcesFile>("MLPlatform resources");

    /// <summary>The file, or null and at least one error; warnings come with either.</summary>
    /// <param name="utf8">The file's text.</param>
    /// <param name="fileName">The name that diagnostics carry.</param>
    public static (ResourcesFile? File, IReadOnlyList<Diagnostic> Problems) Compile(ReadOnlyMemory<byte> utf8, string fileName)
    {
        SourceFile source = new(utf8, fileName);
        DiagnosticList problems = new(source);
        if (SourceReader.Read(source, problems) is not { } root)
            return (null, problems.ToList());
        if (root.Kind != JsonValueKind.Object)
        {
            problems.Error("PIPE-004", root, "the file holds one object");
            return (null, problems.ToList());
        }
        new ShapeCheck(problems, "a resources file", onExpression: null).Check(root, ShapeOf.Get(typeof(ResourcesFile)));
        // On the text rather than on the records: a mistyped field here must not hide a wrong name there.
        new ResourcesChecks(root, problems).Check();
        return (problems.Errors == 0 ? source.Element(root).Deserialize<ResourcesFile>(ActivityJson.Options) : null, problems.ToList());
    }

    /// <summary>Whether the text is meant as a resources file: an object with pools or groups, and no activities.</summary>
    public static bool Is(ReadOnlyMemory<byte> utf8)
    {
        SourceFile source = new(utf8, "");
        return SourceReader.Read(source, new DiagnosticList(source)) is { Kind: JsonValueKind.Object } root
            && root.Find("activities") is null && root.Find("id") is null && (root.Find("pools") ?? root.Find("groups")) is not null;
    }
}
