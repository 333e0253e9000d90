using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Elsa;

/// <param name="Text">The file, or null where there is at least one error.</param>
/// <param name="Diagnostics">What was refused, and what of it has no counterpart and is only kept.</param>
public sealed record ElsaResult(byte[]? Text, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>
/// Pipelines as Elsa 3 workflow definitions and back. A pipeline that goes there and back is the same file, byte for byte; a
/// definition that comes here and goes back is the same JSON. Nothing is dropped: what the other side has no word for
/// travels along, in the custom property <c>mlplatform</c> there and in the section <c>elsa</c> here.
/// </summary>
public static class ElsaMapping
{
    public static ElsaResult Export(ReadOnlyMemory<byte> pipeline, string fileName)
    {
        (JsonObject? file, SourceFile source, SourceNode? root, IReadOnlyList<Diagnostic> problems) = Parse(pipeline, fileName);
        if (file is null)
            return new ElsaResult(null, problems);
        ElsaNotes notes = new(source, root!);
        PipelineShape.Check(file, notes);
        return notes.Errors > 0
            ? new ElsaResult(null, notes.ToList())
            : new ElsaResult(Encoding.UTF8.GetBytes(ElsaJson.Print(Export(file, Text(pipeline)))), notes.ToList());
    }

    public static ElsaResult Import(ReadOnlyMemory<byte> definition, string fileName, ActivityCatalog catalog)
    {
        (JsonObject? file, SourceFile source, SourceNode? root, IReadOnlyList<Diagnostic> problems) = Parse(definition, fileName);
        if (file is null)
            return new ElsaResult(null, problems);
        ElsaNotes notes = new(source, root!);
        ElsaReport report = new(file, catalog, notes);
        if (!report.Check())
            return new ElsaResult(null, notes.ToList());
        report.Name();
        return new ElsaResult(Encoding.UTF8.GetBytes(Import(file)), notes.ToList());
    }

    /// <param name="text">The file's text, which comes back unless the definition is changed.</param>
    private static JsonObject Export(JsonObject pipeline, string text)
    {
        JsonObject bare = pipeline.Without(ElsaWords.Section);
        JsonObject definition;
        if (pipeline[ElsaWords.Section] is JsonObject origin && PipelineShape.IsDefinition(origin))
        {
            JsonObject before = ElsaReader.Read(origin);
            definition = origin.DeepClone().AsObject();
            if (!JsonNode.DeepEquals(before, bare))
                definition = ElsaMerge.Merge(definition, before, bare);
        }
        else
            definition = ElsaWriter.Write(bare);
        if (Import(definition) != text)
            definition.Ensure("customProperties").Ensure(ElsaWords.Ours)[ElsaWords.Source] = text;
        return definition;
    }

    private static string Import(JsonObject definition)
    {
        JsonObject origin = definition.DeepClone().AsObject();
        string? source = null;
        if (origin.Object("customProperties").Object(ElsaWords.Ours) is { } ours && ours[ElsaWords.Source].Text() is { } text)
        {
            source = text;
            ours.Remove(ElsaWords.Source);
        }
        if (source is not null && PipelineShape.TryRead(source) is { } file && JsonNode.DeepEquals(Export(file, source), definition))
            return source;
        JsonObject pipeline = ElsaReader.Read(origin);
        if (PipelineShape.CanWrite(pipeline) && JsonNode.DeepEquals(ElsaWriter.Write(pipeline), origin))
            return ElsaJson.Print(pipeline);
        pipeline[ElsaWords.Section] = origin;
        return ElsaJson.Print(pipeline);
    }

    private static (JsonObject?, SourceFile, SourceNode?, IReadOnlyList<Diagnostic>) Parse(ReadOnlyMemory<byte> utf8, string fileName)
    {
        SourceFile source = new(utf8, fileName);
        DiagnosticList problems = new(source);
        SourceNode? root = SourceReader.Read(source, problems);
        if (root is not null && root.Kind != JsonValueKind.Object)
            problems.Error("ELSA-001", root, "the file does not hold one JSON object");
        return root is null || problems.Errors > 0
            ? (null, source, root, problems.ToList())
            : (ElsaJson.Parse(Text(utf8))!.AsObject(), source, root, []);
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
