using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Triggers;

/// <summary>
/// What a run is told about its trigger, as claims and runs store it. Expressions read it as <c>trigger</c>, so its names
/// are part of the interface.
/// </summary>
public static class TriggerFacts
{
    /// <summary><c>{"type":"cron","trigger","instant","cron","timeZone"}</c></summary>
    public static string Cron(string trigger, CronTrigger definition, DateTimeOffset instant) => new JsonObject
    {
        ["type"] = "cron",
        ["trigger"] = trigger,
        ["instant"] = TriggerInstant.Text(instant),
        ["cron"] = definition.Cron,
        ["timeZone"] = definition.TimeZone,
    }.ToJsonString();

    /// <summary><c>{"type":"webhook","trigger","key","body"}</c></summary>
    public static string Webhook(string trigger, string key, JsonElement body) => new JsonObject
    {
        ["type"] = "webhook",
        ["trigger"] = trigger,
        ["key"] = key,
        ["body"] = JsonNode.Parse(body.GetRawText()),
    }.ToJsonString();

    /// <summary><c>{"type":"upstream","trigger","pipeline","run","status","outputs","depth"}</c></summary>
    public static string Upstream(string trigger, RunRow run) => new JsonObject
    {
        ["type"] = "upstream",
        ["trigger"] = trigger,
        ["pipeline"] = run.Pipeline,
        ["run"] = run.Id.ToString(),
        ["status"] = JsonNamingPolicy.CamelCase.ConvertName(run.Status.ToString()),
        ["outputs"] = run.OutputsJson is null ? null : JsonNode.Parse(run.OutputsJson),
        ["depth"] = Depth(run.TriggerJson) + 1,
    }.ToJsonString();

    /// <summary><c>{"type":"backfill","trigger","instant","backfill","limit","by"}</c></summary>
    public static string Backfill(string trigger, DateTimeOffset instant, string backfill, int limit, string by) => new JsonObject
    {
        ["type"] = "backfill",
        ["trigger"] = trigger,
        ["instant"] = TriggerInstant.Text(instant),
        ["backfill"] = backfill,
        ["limit"] = limit,
        ["by"] = by,
    }.ToJsonString();

    /// <summary>The kind of trigger: <c>cron</c>, <c>webhook</c>, <c>upstream</c>, <c>backfill</c>, <c>manual</c>.</summary>
    public static string Type(string factsJson) => Text(factsJson, "type") ?? "manual";

    /// <summary>The backfill that a run or claim belongs to, and how many of its runs may be active at once; null where it belongs to none.</summary>
    public static (string Id, int Limit)? BackfillOf(string factsJson)
    {
        using var facts = JsonDocument.Parse(factsJson);
        return facts.RootElement.TryGetProperty("backfill", out JsonElement id) && facts.RootElement.TryGetProperty("limit", out JsonElement limit)
            ? (id.GetString()!, limit.GetInt32())
            : null;
    }

    /// <summary>How many upstream triggers lie between this run and the one that began the chain.</summary>
    public static int Depth(string factsJson)
    {
        using var facts = JsonDocument.Parse(factsJson);
        return facts.RootElement.TryGetProperty("depth", out JsonElement depth) ? depth.GetInt32() : 0;
    }

    /// <summary>Whether a claim was made by the same expression in the same zone; an edited schedule does not catch up on what it never promised.</summary>
    public static bool IsOf(string factsJson, CronTrigger definition) =>
        Text(factsJson, "cron") == definition.Cron && Text(factsJson, "timeZone") == definition.TimeZone;

    private static string? Text(string factsJson, string name)
    {
        using var facts = JsonDocument.Parse(factsJson);
        return facts.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    }
}
