using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>What things may be called.</summary>
internal static class NameChecks
{
    public static void Check(SourceNode root, DiagnosticList problems)
    {
        foreach (SourceNode parameter in PipelineNames.Members(root.Find("parameters")))
            CheckName(parameter, Names.IsParameter, "parameter", "a letter or _ first, then letters, digits and _, 64 at most", problems);
        SourceNode? activities = root.Find("activities");
        foreach (SourceNode activity in PipelineNames.Members(activities))
            CheckName(activity, Names.IsActivity, "activity", "a letter, digit or _ first, then letters, digits and _ - ., 128 at most", problems);
        foreach (SourceNode output in PipelineNames.Members(root.Find("outputs")))
            CheckName(output, Names.IsParameter, "output", "a letter or _ first, then letters, digits and _, 64 at most", problems);
        if (activities is { Kind: System.Text.Json.JsonValueKind.Object, Children.Count: 0 })
            problems.Error("PIPE-006", activities, "a pipeline needs at least one activity");
    }

    private static void CheckName(SourceNode named, Func<string, bool> isRight, string what, string rule, DiagnosticList problems)
    {
        if (!isRight(named.Name!))
            problems.NameError("PIPE-012", named, $"\"{named.Name}\" cannot be the name of {(what[0] is 'a' or 'o' ? "an" : "a")} {what}", $"Use {rule}.");
    }
}
