namespace MLPlatform.Core.Pipelines.Source;

/// <summary>What to do about a problem whose place has nothing nearer to say.</summary>
internal static class UsualHints
{
    public static string? Of(string code) => code switch
    {
        "PIPE-001" => "Repair the JSON at this place.",
        "PIPE-004" => "Write a value of that type.",
        "PIPE-005" or "PIPE-027" => "Remove it.",
        "PIPE-006" => "Add it.",
        "PIPE-007" => "Use one of those.",
        "PIPE-008" => "Stay within that.",
        "PIPE-014" or "PIPE-015" => "Correct the name.",
        "PIPE-016" => "Correct the name, or declare it.",
        "PIPE-017" => "Remove the reference.",
        "PIPE-019" => "Move the expression, or refer to something else.",
        "PIPE-020" => "Make the default, the bounds and the values agree with the type.",
        "PIPE-023" => "Refer to a value of that type, or convert it in the expression.",
        "PIPE-025" => "Give a value of that type.",
        "PIPE-029" => "Remove one.",
        _ when code.StartsWith("EXPR", StringComparison.Ordinal) => "docs/pipeline-file.md tells what an expression may hold.",
        _ => null,
    };
}
