using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Triggers;

/// <summary>
/// What a run is told about its trigger, as claims and runs store it. Expressions read it as <c>trigger</c>, so its names
/// are part of the interface. Each holds <c>type</c>, <c>trigger</c> and the <c>parameters</c> that the trigger gives.
/// </summary>
public static class TriggerFacts
{
    private static readonly JsonElement NoParameters = JsonElement.Parse("{}");

    /// <summary>Type <c>cron</c>: <c>instant</c>, <c>cron</c>, <c>timeZone</c>.</summary>
    public static string Cron(string trigger, CronTrigger definition, DateTimeOffset instant) =>
        Text("cron", trigger, definition.Parameters, new()
        {
            ["instant"] = TriggerInstant.Text(instant),
            ["cron"] = definition.Cron,
            ["timeZone"] = definition.TimeZone,
        });

    /// <summary>Type <c>webhook</c>: <c>key</c>, <c>body</c>.</summary>
    public static string Webhook(string trigger, WebhookTrigger definition, string key, JsonElement body) =>
        Text("webhook", trigger, definition.Parameters, new() { ["key"] = key, ["body"] = JsonNode.Parse(body.GetRawText()) });

    /// <summary>Type <c>upstream</c>: <c>pipeline</c>, <c>run</c>, <c>status</c>, <c>outputs</c>, <c>depth</c>.</summary>
    public static string Upstream(string trigger, UpstreamTrigger definition, RunRow run) =>
        Text("upstream", trigger, definition.Parameters, new()
        {
            ["pipeline"] = run.Pipeline,
            ["run"] = run.Id.ToString(),
            ["status"] = JsonNamingPolicy.CamelCase.ConvertName(run.Status.ToString()),
            ["outputs"] = run.OutputsJson is null ? null : JsonNode.Parse(run.OutputsJson),
            ["depth"] = Depth(run.TriggerJson) + 1,
        });

    /// <summary>Type <c>dataset</c>: <c>dataset</c>, <c>version</c>, <c>rows</c>, <c>run</c>, <c>depth</c>.</summary>
    /// <param name="publisher">The run that published the version, where it is known.</param>
    public static string Dataset(string trigger, DatasetTrigger definition, DatasetVersion version, RunRow? publisher) =>
        Text("dataset", trigger, definition.Parameters, new()
        {
            ["dataset"] = version.Dataset,
            ["version"] = version.Version,
            ["rows"] = version.Rows,
            ["run"] = version.Attempt.Run.ToString(),
            ["depth"] = (publisher is null ? 0 : Depth(publisher.TriggerJson)) + 1,
        });

    /// <summary>Type <c>feedback</c>: <c>instant</c>, <c>model</c>, <c>deployment</c>, <c>reasons</c>, <c>version</c>, <c>events</c>, <c>impressions</c>, <c>value</c>, <c>psi</c>, <c>ks</c>, <c>column</c>, <c>columnPsi</c>.</summary>
    public static string Feedback(string trigger, FeedbackTrigger definition, DateTimeOffset instant, FeedbackDecision.Fire fire) =>
        Text("feedback", trigger, definition.Parameters, new()
        {
            ["instant"] = TriggerInstant.Text(instant),
            ["model"] = definition.Model,
            ["deployment"] = definition.DeploymentName,
            ["reasons"] = new JsonArray([.. fire.Reasons.Select(r => (JsonNode)r)]),
            ["version"] = fire.Picture.Version,
            ["events"] = fire.Picture.Events,
            ["impressions"] = fire.Picture.Impressions,
            ["value"] = fire.Picture.Value,
            ["psi"] = fire.Picture.Psi,
            ["ks"] = fire.Picture.Ks,
            ["column"] = fire.Picture.Column,
            ["columnPsi"] = fire.Picture.ColumnPsi,
        });

    /// <summary>Type <c>backfill</c>: <c>instant</c>, <c>backfill</c>, <c>limit</c>, <c>timeZone</c>, <c>by</c>.</summary>
    public static string Backfill(
        string trigger, DateTimeOffset instant, BackfillOrder order, string timeZone, IReadOnlyDictionary<string, JsonElement>? parameters) =>
        Text("backfill", trigger, parameters, new()
        {
            ["instant"] = TriggerInstant.Text(instant),
            ["backfill"] = order.Id,
            ["limit"] = order.Limit,
            ["timeZone"] = timeZone,
            ["by"] = order.By,
        });

    /// <summary>The kind of trigger: <c>cron</c>, <c>webhook</c>, <c>upstream</c>, <c>dataset</c>, <c>feedback</c>, <c>backfill</c>, <c>manual</c>.</summary>
    public static string Type(string factsJson) => Read(factsJson, "type")?.GetString() ?? "manual";

    /// <summary>The parameters that the trigger gives: an object.</summary>
    public static JsonElement Parameters(string factsJson) => Read(factsJson, "parameters") ?? NoParameters;

    /// <summary>The time zone in which the trigger counts days. Default: UTC.</summary>
    public static TimeZoneInfo Zone(string factsJson) =>
        Read(factsJson, "timeZone")?.GetString() is { } name && ZoneNames.Find(name, []) is { } zone ? zone : TimeZoneInfo.Utc;

    /// <summary>The backfill that a run or claim belongs to, and how many of its runs may be active at once; null where it belongs to none.</summary>
    public static (string Id, int Limit)? BackfillOf(string factsJson) =>
        Read(factsJson, "backfill")?.GetString() is { } id && Read(factsJson, "limit")?.GetInt32() is { } limit ? (id, limit) : null;

    /// <summary>How many upstream triggers lie between this run and the one that began the chain.</summary>
    public static int Depth(string factsJson) => Read(factsJson, "depth")?.GetInt32() ?? 0;

    /// <summary>Whether a claim was made by the same expression in the same zone; an edited schedule does not catch up on what it never promised.</summary>
    public static bool IsOf(string factsJson, CronTrigger definition) =>
        Read(factsJson, "cron")?.GetString() == definition.Cron && Read(factsJson, "timeZone")?.GetString() == definition.TimeZone;

    private static string Text(string type, string trigger, IReadOnlyDictionary<string, JsonElement>? parameters, JsonObject facts)
    {
        facts.Insert(0, "type", type);
        facts.Insert(1, "trigger", trigger);
        facts["parameters"] = new JsonObject((parameters ?? new Dictionary<string, JsonElement>())
            .Select(p => KeyValuePair.Create(p.Key, JsonNode.Parse(p.Value.GetRawText()))));
        return facts.ToJsonString();
    }

    private static JsonElement? Read(string factsJson, string name)
    {
        using var facts = JsonDocument.Parse(factsJson);
        return facts.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.Clone() : null;
    }
}
