using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLPlatform.Core.Pipelines.Checks;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Import;

/// <summary>What becomes of each task.</summary>
public enum WfCommonsTask
{
    /// <summary>A <c>control.wait</c> of the task's run time, holding a slot of one core.</summary>
    Wait,

    /// <summary>A <c>control.noop</c>.</summary>
    Noop,
}

public sealed record WfCommonsOptions
{
    /// <summary>The pipeline's id; by default made from the instance's name.</summary>
    public string? Id { get; init; }

    public WfCommonsTask Task { get; init; } = WfCommonsTask.Wait;

    /// <summary>What run times are multiplied with. Default: 1.</summary>
    public double Scale { get; init; } = 1;
}

/// <param name="Pipeline">The pipeline file's JSON, or null where there is at least one error.</param>
public sealed record ImportResult(byte[]? Pipeline, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Turns a workflow of the WfCommons collection (WfFormat 1.5) into a pipeline with one inline activity for each task.</summary>
public static class WfCommonsImport
{
    public static ImportResult Read(ReadOnlyMemory<byte> utf8, string fileName, WfCommonsOptions options)
    {
        SourceFile source = new(utf8, fileName);
        DiagnosticList problems = new(source);
        if (SourceReader.Read(source, problems) is not { } root)
            return new ImportResult(null, problems.ToList());
        if (double.IsNaN(options.Scale) || options.Scale < 0 || options.Scale > 1e6)
            problems.Error("PIPE-044", root, $"a scale of {options.Scale.ToString(CultureInfo.InvariantCulture)} cannot be used", "Give a number from 0 to 1,000,000.");
        WfCommonsReader reader = new(root, problems);
        IReadOnlyList<WfTask> tasks = reader.Read();
        if (problems.Errors > 0)
            return new ImportResult(null, problems.ToList());
        string id = options.Id ?? IdOf(root.Find("name")?.Text ?? fileName);
        return new ImportResult(Write(id, root, tasks, options), problems.ToList());
    }

    private static byte[] Write(string id, SourceNode root, IReadOnlyList<WfTask> tasks, WfCommonsOptions options)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteStartObject("basic");
            json.WriteString("name", root.Find("name")?.Text ?? id);
            if (root.Find("description")?.Text is { } description)
                json.WriteString("description", description);
            json.WriteEndObject();
            json.WriteStartObject("activities");
            foreach (WfTask task in tasks)
                WriteTask(json, task, options);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteTask(Utf8JsonWriter json, WfTask task, WfCommonsOptions options)
    {
        bool waits = options.Task == WfCommonsTask.Wait;
        json.WriteStartObject(task.Id);
        json.WriteString("type", waits ? "control.wait" : "control.noop");
        if (waits)
        {
            json.WriteStartObject("inputs");
            json.WriteString("duration", IsoDuration.Print(TimeSpan.FromSeconds(Math.Min(task.Seconds * options.Scale, 1e9))));
            json.WriteEndObject();
        }
        if (task.Parents.Count > 0)
        {
            json.WriteStartArray("dependsOn");
            foreach (string parent in task.Parents)
                json.WriteStringValue(parent);
            json.WriteEndArray();
        }
        if (waits)
        {
            json.WriteStartObject("resources");
            json.WriteNumber("cpu", 1);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static string IdOf(string name)
    {
        string safe = new([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-').Take(128)]);
        safe = safe.TrimStart('-', '_', '.');
        return safe.Length == 0 ? "workflow" : safe;
    }
}
