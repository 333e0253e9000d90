using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow/logged-models</c>: models that clients from version 3 on log, with files of their own.</summary>
internal static class LoggedModelCalls
{
    public static MlflowRoute[] Routes { get; } =
    [
        MlflowRoute.Post("/logged-models", CreateAsync),
        MlflowRoute.Ask("/logged-models/search", SearchAsync),
        MlflowRoute.Get("/logged-models/{id}", async call => Answer(await FindAsync(call))),
        MlflowRoute.Patch("/logged-models/{id}", call => ChangeAsync(call, info => info["status"] = StatusOf(call.Required("status")))),
        MlflowRoute.Delete("/logged-models/{id}", call => ChangeAsync(call, info => info["lifecycle_stage"] = "deleted")),
        MlflowRoute.Post("/logged-models/{id}/params", call => ChangeDataAsync(call, "params", call.Pairs("params", MlflowName.Parameter))),
        MlflowRoute.Patch("/logged-models/{id}/tags", call => ChangeInfoTagsAsync(call, call.Pairs("tags", MlflowName.Tag))),
        MlflowRoute.Delete("/logged-models/{id}/tags/{key}", call => ChangeInfoTagsAsync(call, [], (string)call.Http.GetRouteValue("key")!)),
        MlflowRoute.Get("/logged-models/{id}/artifacts/directories", ListFilesAsync),
    ];

    private static async Task<IResult> CreateAsync(MlflowCall call)
    {
        long now = call.Get<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();
        long experiment = ExperimentCalls.IdOf(call.Required("experiment_id"));
        Experiment at = await call.Get<IExperimentStore>().FindAsync(experiment, call.Cancel) ?? throw TrackingException.NoExperiment(MlflowJson.Id(experiment));
        string id = "m-" + Guid.CreateVersion7(call.Get<TimeProvider>().GetUtcNow()).ToString("N");
        JsonObject info = new()
        {
            ["model_id"] = id,
            ["experiment_id"] = MlflowJson.Id(experiment),
            ["name"] = call.Text("name") is { Length: > 0 } name ? name : id,
            ["creation_timestamp_ms"] = now,
            ["last_updated_timestamp_ms"] = now,
            ["artifact_uri"] = $"{at.ArtifactUri.TrimEnd('/')}/models/{id}/artifacts",
            ["status"] = "LOGGED_MODEL_PENDING",
            ["model_type"] = call.Text("model_type") ?? "",
            ["source_run_id"] = call.Text("source_run_id") ?? "",
            ["tags"] = Merged(null, call.Pairs("tags", MlflowName.Tag)),
        };
        JsonObject model = new() { ["info"] = info, ["data"] = new JsonObject { ["params"] = Merged(null, call.Pairs("params", MlflowName.Parameter)) } };
        LoggedModel made = new(id, experiment, model.ToJsonString());
        await call.Get<ILoggedModelStore>().PutAsync(made, call.Cancel);
        return Answer(made);
    }

    private static async Task<IResult> SearchAsync(MlflowCall call)
    {
        IReadOnlyList<LoggedModel> all = await call.Get<ILoggedModelStore>().ListAsync([.. call.Texts("experiment_ids").Select(ExperimentCalls.IdOf)], call.Cancel);
        IReadOnlyList<FilterCondition> conditions = FilterParser.Conditions(call.Text("filter"), new HashSet<string>());
        if (conditions.Any(c => c.Key.Entity is not (FilterEntity.Attribute or FilterEntity.Parameter or FilterEntity.Tag)))
            throw new TrackingException(TrackingRefusal.Invalid, "TRACK-005", "Logged models are searched by name, status, source_run_id, model_type, params and tags.");
        List<LoggedModel> found = [.. all.Where(m => JsonNode.Parse(m.Json) is JsonObject model && (string?)model["info"]!["lifecycle_stage"] != "deleted" && conditions.All(c => c.Holds(FieldOf(model, c.Key))))];
        SearchPage<LoggedModel> page = PageToken.PageOf(found, call.Text("page_token"), call.Limit(100, 1000));
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("models");
            foreach (LoggedModel model in page.Items)
                json.WriteRawValue(model.Json);
            json.WriteEndArray();
            json.NextPage(page.Next);
        });
    }

    private static async Task<IResult> ListFilesAsync(MlflowCall call)
    {
        string uri = (string)JsonNode.Parse((await FindAsync(call)).Json)!["info"]!["artifact_uri"]!;
        string root = TrackedPath.Of(uri) ?? throw MlflowCall.Wrong($"The files of the model are at {uri}, which only its client can list.");
        string below = call.Text("artifact_directory_path") is { Length: > 0 } given ? "/" + TrackedPath.Check(given) : "";
        IReadOnlyList<TrackedFile> files = await call.Get<TrackedFiles>().ListAsync(root + below, call.Cancel);
        return new MlflowAnswer(json =>
        {
            json.WriteString("root_uri", uri);
            json.WriteStartArray("files");
            foreach (TrackedFile file in files)
            {
                json.WriteStartObject();
                json.WriteString("path", file.Path[(root.Length + 1)..]);
                json.WriteBoolean("is_dir", false);
                json.WriteNumber("file_size", file.Bytes);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static string? FieldOf(JsonObject model, FilterKey key) => key.Entity switch
    {
        FilterEntity.Parameter => ValueOf(model["data"]!["params"], key.Name),
        FilterEntity.Tag => ValueOf(model["info"]!["tags"], key.Name),
        _ => (string?)model["info"]![key.Name],
    };

    private static string? ValueOf(JsonNode? pairs, string key) => (string?)pairs?.AsArray().FirstOrDefault(p => (string?)p!["key"] == key)?["value"];

    private static Task<IResult> ChangeDataAsync(MlflowCall call, string list, List<KeyValuePair<string, string>> pairs) =>
        ChangeModelAsync(call, model => model["data"]![list] = Merged(model["data"]![list], pairs));

    private static Task<IResult> ChangeInfoTagsAsync(MlflowCall call, List<KeyValuePair<string, string>> pairs, string? without = null) =>
        ChangeAsync(call, info => info["tags"] = Merged(info["tags"], pairs, without));

    private static Task<IResult> ChangeAsync(MlflowCall call, Action<JsonObject> change) => ChangeModelAsync(call, model => change(model["info"]!.AsObject()));

    private static async Task<IResult> ChangeModelAsync(MlflowCall call, Action<JsonObject> change)
    {
        LoggedModel before = await FindAsync(call);
        if ((string?)JsonNode.Parse(before.Json)!["info"]!["source_run_id"] is { Length: > 0 } run)
            await call.Get<RunScope>().MayChangeAsync(call.User, run, call.Cancel);
        long now = call.Get<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();
        return Answer(await call.Get<ILoggedModelStore>().ChangeAsync(before.Id, json =>
        {
            JsonObject model = JsonNode.Parse(json)!.AsObject();
            change(model);
            model["info"]!["last_updated_timestamp_ms"] = now;
            return model.ToJsonString();
        }, call.Cancel));
    }

    private static async Task<LoggedModel> FindAsync(MlflowCall call)
    {
        string id = (string)call.Http.GetRouteValue("id")!;
        return await call.Get<ILoggedModelStore>().FindAsync(id, call.Cancel) ?? throw new TrackingException(TrackingRefusal.Missing, "TRACK-002", $"There is no logged model '{id}'.");
    }

    private static string StatusOf(string text) => text switch
    {
        "LOGGED_MODEL_PENDING" or "1" => "LOGGED_MODEL_PENDING",
        "LOGGED_MODEL_READY" or "2" => "LOGGED_MODEL_READY",
        "LOGGED_MODEL_UPLOAD_FAILED" or "3" => "LOGGED_MODEL_UPLOAD_FAILED",
        _ => throw MlflowCall.Wrong($"status is '{text}'; it must be LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED."),
    };

    private static JsonArray Merged(JsonNode? before, List<KeyValuePair<string, string>> pairs, string? without = null)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        foreach (JsonNode? pair in before?.AsArray() ?? [])
            all[(string)pair!["key"]!] = (string)pair["value"]!;
        foreach ((string key, string value) in pairs)
            all[key] = value;
        if (without is not null)
            all.Remove(without);
        return [.. all.Select(p => new JsonObject { ["key"] = p.Key, ["value"] = p.Value })];
    }

    private static MlflowAnswer Answer(LoggedModel model) => new(json =>
    {
        json.WritePropertyName("model");
        json.WriteRawValue(model.Json);
    });
}
