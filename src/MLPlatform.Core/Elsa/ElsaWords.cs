using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>The words of Elsa 3 workflow definitions, and those that this platform adds to them.</summary>
public static class ElsaWords
{
    /// <summary>The custom property, of definitions and of activities, that holds what Elsa has no place for.</summary>
    public const string Ours = "mlplatform";

    /// <summary>The expression type of <c>${{ }}</c>.</summary>
    public const string Expression = "MLPlatform";

    /// <summary>The section of a pipeline file that holds the definition it was made from.</summary>
    public const string Section = "elsa";

    public const string Flowchart = "Elsa.Flowchart";

    /// <summary>A root that runs its activities one after the other and draws no connections.</summary>
    public const string Sequence = "Elsa.Sequence";

    public const string Done = "Done";
    public const string In = "In";
    public const string ToolVersion = "3.8.0.0";
    internal const string Source = "source";

    private const string Escape = "Input";
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "id", "nodeId", "name", "type", "version", "customProperties", "metadata", "activities", "connections", "variables", "start",
        "applicationProperties", "canStartWorkflow", "runAsynchronously", "synthetic", "source",
    };

    /// <summary>Whether the member of an activity says what the activity is, rather than what it is given.</summary>
    internal static bool IsReserved(string member) => Reserved.Contains(member);

    /// <summary>The member of an activity that holds an input; another input never gets the same.</summary>
    public static string MemberOfInput(string input) => NeedsEscape(input) ? input + Escape : input;

    /// <summary>The input that a member holds: the way back of <see cref="MemberOfInput"/>.</summary>
    public static string InputOfMember(string member) =>
        member.EndsWith(Escape, StringComparison.Ordinal) && NeedsEscape(member) ? member[..^Escape.Length] : member;

    /// <summary>The member of an activity that binds an output to a variable.</summary>
    public static string MemberOfOutput(string output) => output.Length == 0 ? "output" : "output" + char.ToUpperInvariant(output[0]) + output[1..];

    /// <summary>Elsa's name for what a value is.</summary>
    internal static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.String => "String",
        JsonValueKind.Number => "Double",
        JsonValueKind.True or JsonValueKind.False => "Boolean",
        _ => "Object",
    };

    // Looked at without the escapes that it may have already, so that no two names meet.
    private static bool NeedsEscape(string name)
    {
        while (name.EndsWith(Escape, StringComparison.Ordinal))
            name = name[..^Escape.Length];
        return Reserved.Contains(name) || (name.StartsWith("output", StringComparison.Ordinal) && (name.Length == 6 || !char.IsAsciiLetterLower(name[6])));
    }
}
