using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines;

/// <summary>Reads settings from JSON as strictly as pipelines: nothing unknown, each mistake with its place and the nearest name.</summary>
public static class SettingsFile
{
    /// <summary>The settings, or null and at least one error.</summary>
    /// <param name="whole">What the file holds, for messages: "an agent".</param>
    /// <param name="check">Tells what the types cannot say; called only if they agree.</param>
    public static (T? Settings, IReadOnlyList<Diagnostic> Problems) Read<T>(
        ReadOnlyMemory<byte> utf8, string fileName, string whole, Func<T, IEnumerable<SettingsProblem>> check)
        where T : class
    {
        SourceFile source = new(utf8, fileName);
        DiagnosticList problems = new(source);
        if (SourceReader.Read(source, problems) is not { } root)
            return (null, problems.ToList());
        if (root.Kind != JsonValueKind.Object)
            problems.Error("PIPE-004", root, "the file holds one object");
        else
            new ShapeCheck(problems, whole, onExpression: null).Check(root, ShapeOf.Get(typeof(T)));
        if (problems.Errors > 0)
            return (null, problems.ToList());
        T settings = source.Element(root).Deserialize<T>(ActivityJson.Options)!;
        foreach (SettingsProblem problem in check(settings))
            problems.Error(problem.Code, Find(root, problem.At), problem.Message, problem.Hint);
        return (problems.Errors == 0 ? settings : null, problems.ToList());
    }

    // As near as the file goes: what a default says has no place.
    private static SourceNode Find(SourceNode root, IEnumerable<object> steps)
    {
        SourceNode at = root;
        foreach (object step in steps)
        {
            SourceNode? next = step is int index ? at.Children.ElementAtOrDefault(index) : at.Find((string)step);
            if (next is null)
                return at;
            at = next;
        }
        return at;
    }
}

/// <summary>A mistake that types cannot see.</summary>
/// <param name="At">The way to the value: names of properties and numbers of items.</param>
public sealed record SettingsProblem(string Code, IReadOnlyList<object> At, string Message, string? Hint = null);
