using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Expressions;

/// <summary>Reads values out of a scope without running a script.</summary>
internal static class ScopeReader
{
    /// <summary>False where the way needs JavaScript's own rules, such as the length of a list.</summary>
    public static bool TryRead(IReadOnlyList<object> path, ExpressionScope scope, out JsonElement value)
    {
        int next = 1;
        JsonElement? start = path[0] switch
        {
            ScopeNames.Parameters => scope.Parameters,
            ScopeNames.Trigger => scope.Trigger,
            ScopeNames.Run => scope.Run,
            ScopeNames.Item => scope.Item,
            ScopeNames.Activities => FromActivity(path, scope, ref next),
            ScopeNames.Models => FromModel(path, scope, ref next),
            _ => null,
        };
        value = start ?? default;
        if (start is null)
            return false;
        for (; next < path.Count; next++)
        {
            switch (path[next])
            {
                case string name when value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member):
                    value = member;
                    break;
                case int index when value.ValueKind == JsonValueKind.Array && index < value.GetArrayLength():
                    value = value[index];
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    /// <summary>All outputs of an activity; an activity without any is an error that names it and says where it is.</summary>
    public static JsonElement Outputs(string activity, ExpressionScope scope)
    {
        ActivityFacts facts = Facts(activity, scope);
        return facts.Outputs ?? throw new ExpressionException("EXPR-010", $"activity \"{activity}\" {Why(facts.Status)}, so it has no outputs");
    }

    public static JsonElement Output(string activity, string output, ExpressionScope scope)
    {
        JsonElement outputs = Outputs(activity, scope);
        if (outputs.ValueKind == JsonValueKind.Object && outputs.TryGetProperty(output, out JsonElement value))
            return value;
        string[] names = outputs.ValueKind == JsonValueKind.Object ? [.. outputs.EnumerateObject().Select(p => p.Name)] : [];
        throw new ExpressionException("EXPR-011", $"activity \"{activity}\" gave no output \"{output}\". {Names.Hint(output, names)}".TrimEnd());
    }

    public static string Status(string activity, ExpressionScope scope) => JsonNamingPolicy.CamelCase.ConvertName(Facts(activity, scope).Status.ToString());

    private static ActivityFacts Facts(string activity, ExpressionScope scope) =>
        scope.Activities(activity) ?? throw new ExpressionException("EXPR-010", $"there is no activity \"{activity}\"");

    private static JsonElement? FromActivity(IReadOnlyList<object> path, ExpressionScope scope, ref int next)
    {
        if (path is [_, string activity, "outputs", string output, ..])
        {
            next = 4;
            return Output(activity, output, scope);
        }
        if (path is [_, string all, "outputs", ..])
        {
            next = 3;
            return Outputs(all, scope);
        }
        return null;
    }

    private static JsonElement? FromModel(IReadOnlyList<object> path, ExpressionScope scope, ref int next)
    {
        if (path is not [_, string model, string alias, ..])
            return null;
        next = 3;
        return scope.Models(model, alias) ?? Null;
    }

    private static JsonElement Null { get; } = JsonElement.Parse("null");

    private static string Why(ActivityStatus status) => status switch
    {
        ActivityStatus.Skipped => "was skipped",
        ActivityStatus.Failed => "failed",
        ActivityStatus.UpstreamFailed => "did not run because something it depends on failed (upstreamFailed)",
        ActivityStatus.Cancelled => "was cancelled",
        _ => $"has not ended ({JsonNamingPolicy.CamelCase.ConvertName(status.ToString())})",
    };
}
