using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Which instances are asked for.</summary>
internal sealed record InstanceFilter(int Skip, int Take, string[] Definitions, string[] Statuses, string? Search, bool? Incidents)
{
    public static InstanceFilter Of(JsonElement body)
    {
        int size = Math.Clamp(Number(body, "pageSize") ?? 15, 1, 500);
        string[] definitions = [.. Words(body, "definitionIds"), .. Words(body, "definitionId")];
        string[] statuses = [.. Words(body, "statuses"), .. Words(body, "status"), .. Words(body, "subStatuses"), .. Words(body, "subStatus")];
        return new InstanceFilter(Math.Max(0, Number(body, "page") ?? 0) * size, size, definitions, statuses, Words(body, "searchTerm").FirstOrDefault(),
            body.TryGetProperty("hasIncidents", out JsonElement i) && i.ValueKind is JsonValueKind.True or JsonValueKind.False ? i.GetBoolean() : null);
    }

    public bool Takes(RunRow run)
    {
        (string status, string subStatus) = InstanceViews.StatusOf(run.Status);
        return (Statuses.Length == 0 || Array.Exists(Statuses, s => s == status || s == subStatus))
            && (Incidents is not { } wanted || wanted == (run.Status == RunStatus.Failed))
            && (string.IsNullOrWhiteSpace(Search) || run.Pipeline.Contains(Search, StringComparison.OrdinalIgnoreCase) || run.Id.ToString().Contains(Search, StringComparison.OrdinalIgnoreCase));
    }

    private static int? Number(JsonElement body, string name) => body.TryGetProperty(name, out JsonElement value) && value.TryGetInt32(out int number) ? number : null;

    private static IEnumerable<string> Words(JsonElement body, string name) => !body.TryGetProperty(name, out JsonElement value) ? []
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } one ? [one]
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!) : [];
}
