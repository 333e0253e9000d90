using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow/runs/…</c></summary>
internal static class RunCalls
{
    private const int MostItems = 1000, MostOfParametersOrTags = 100, MostBytes = 1 << 20;

    public static MlflowRoute[] Routes { get; } =
    [
        MlflowRoute.Post("/runs/create", CreateAsync),
        MlflowRoute.Get("/runs/get", GetAsync),
        MlflowRoute.Post("/runs/update", UpdateAsync),
        MlflowRoute.Post("/runs/delete", call => SetStageAsync(call, Lifecycle.Deleted)),
        MlflowRoute.Post("/runs/restore", call => SetStageAsync(call, Lifecycle.Active)),
        MlflowRoute.Ask("/runs/search", SearchAsync),
        MlflowRoute.Post("/runs/log-metric", call => LogAsync(call, new TrackedBatch([call.Metric()], [], []))),
        MlflowRoute.Post("/runs/log-parameter", call => LogAsync(call, new TrackedBatch([], [new(
            MlflowName.Parameter.Check(call.Required("key")), MlflowName.Parameter.CheckValue(call.Text("value") ?? ""))], []))),
        MlflowRoute.Post("/runs/set-tag", call => LogAsync(call, new TrackedBatch([], [], [new(
            MlflowName.Tag.Check(call.Required("key")), MlflowName.Tag.CheckValue(call.Text("value") ?? ""))]))),
        MlflowRoute.Post("/runs/delete-tag", DeleteTagAsync),
        MlflowRoute.Post("/runs/log-batch", LogBatchAsync),
        MlflowRoute.Post("/runs/log-inputs", LogInputsAsync),
        MlflowRoute.Post("/runs/outputs", LogOutputsAsync),
        MlflowRoute.Post("/runs/log-model", LogModelAsync),
    ];

    private static async Task<IResult> CreateAsync(MlflowCall call)
    {
        string id = Guid.CreateVersion7(call.Get<TimeProvider>().GetUtcNow()).ToString("N");
        Dictionary<string, string> tags = new(StringComparer.Ordinal);
        foreach ((string key, string value) in call.Pairs("tags", MlflowName.Tag))
            tags[key] = value;
        string name = call.Text("run_name") is { Length: > 0 } given ? given : tags.GetValueOrDefault("mlflow.runName") ?? $"run-{id[^8..]}";
        tags["mlflow.runName"] = name;
        string user = call.Text("user_id") is { Length: > 0 } told ? told : tags.GetValueOrDefault("mlflow.user") ?? call.User.Name;
        NewTrackedRun run = new(
            id, ExperimentCalls.IdOf(call.Text("experiment_id") is { Length: > 0 } experiment ? experiment : "0"), name, user,
            call.Whole("start_time") ?? call.Get<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds(), tags, RunScope.MayCreate(call.User));
        return Answer(await call.Get<ITrackedRunStore>().CreateAsync(run, call.Cancel));
    }

    private static async Task<IResult> GetAsync(MlflowCall call) =>
        Answer(await call.Get<ITrackedRunStore>().FindAsync(call.Run, call.Cancel) ?? throw TrackingException.NoRun(call.Run));

    private static async Task<IResult> UpdateAsync(MlflowCall call)
    {
        await call.Get<RunScope>().MayChangeAsync(call.User, call.Run, call.Cancel);
        string? name = call.Text("run_name") is { Length: > 0 } given ? given : null;
        TrackedRun run = await call.Get<ITrackedRunStore>().UpdateAsync(call.Run, new TrackedChange(StatusOf(call.Text("status")), call.Whole("end_time"), name), call.Cancel);
        if (name is not null)
            await call.Get<ITrackedRunStore>().LogAsync(call.Run, new TrackedBatch([], [], [new("mlflow.runName", name)]), call.Cancel);
        return new MlflowAnswer(json =>
        {
            json.WritePropertyName("run_info");
            json.RunInfo(run);
        });
    }

    private static async Task<IResult> SetStageAsync(MlflowCall call, Lifecycle stage)
    {
        await call.Get<RunScope>().MayChangeAsync(call.User, call.Run, call.Cancel);
        await call.Get<ITrackedRunStore>().SetStageAsync(call.Run, stage, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> SearchAsync(MlflowCall call)
    {
        int limit = call.Limit(1000, 50_000);
        IReadOnlyList<TrackedRun> all = await call.Get<ITrackedRunStore>().ListAsync(
            [.. call.Texts("experiment_ids").Select(ExperimentCalls.IdOf)], call.View("run_view_type"), call.Cancel);
        List<TrackedRun> found = RunSearch.Select(all, call.Text("filter"), call.Texts("order_by"));
        SearchPage<TrackedRun> page = PageToken.PageOf(found, call.Text("page_token"), limit);
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("runs");
            foreach (TrackedRun run in page.Items)
                json.Run(run);
            json.WriteEndArray();
            json.NextPage(page.Next);
        });
    }

    private static async Task<IResult> LogAsync(MlflowCall call, TrackedBatch batch)
    {
        await call.Get<RunScope>().MayChangeAsync(call.User, call.Run, call.Cancel);
        await call.Get<ITrackedRunStore>().LogAsync(call.Run, batch, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> DeleteTagAsync(MlflowCall call)
    {
        string key = call.Required("key");
        TrackedRun run = await call.Get<ITrackedRunStore>().FindAsync(call.Run, call.Cancel) ?? throw TrackingException.NoRun(call.Run);
        if (!run.Tags.ContainsKey(key))
            throw new TrackingException(TrackingRefusal.Missing, "TRACK-010", $"The run '{run.Id}' has no tag '{key}'.");
        return await LogAsync(call, new TrackedBatch([], [], [new(key, null)]));
    }

    private static Task<IResult> LogBatchAsync(MlflowCall call)
    {
        if (call.Http.Request.ContentLength > MostBytes)
            throw TooMuch($"The batch has {call.Http.Request.ContentLength} bytes; at most {MostBytes} are taken at once.");
        TrackedBatch batch = new(
            [.. call.Each("metrics").Select(m => call.Metric(m))], call.Pairs("params", MlflowName.Parameter),
            [.. call.Pairs("tags", MlflowName.Tag).Select(t => new KeyValuePair<string, string?>(t.Key, t.Value))]);
        if (batch.Parameters.Count > MostOfParametersOrTags || batch.Tags.Count > MostOfParametersOrTags
            || batch.Metrics.Count + batch.Parameters.Count + batch.Tags.Count > MostItems)
            throw TooMuch($"The batch has {batch.Metrics.Count} metrics, {batch.Parameters.Count} parameters and {batch.Tags.Count} tags; at most {MostItems} in all, {MostOfParametersOrTags} parameters and {MostOfParametersOrTags} tags are taken at once.");
        return LogAsync(call, batch);
    }

    private static async Task<IResult> LogInputsAsync(MlflowCall call)
    {
        await call.Get<RunScope>().MayChangeAsync(call.User, call.Run, call.Cancel);
        await call.Get<ITrackedRunStore>().ChangeInputsAsync(call.Run, outputs: false, before =>
            Added(Added(before, "dataset_inputs", call.Each("datasets")), "model_inputs", call.Each("models"))!, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> LogOutputsAsync(MlflowCall call)
    {
        await call.Get<RunScope>().MayChangeAsync(call.User, call.Run, call.Cancel);
        await call.Get<ITrackedRunStore>().ChangeInputsAsync(call.Run, outputs: true, before => Added(before, "model_outputs", call.Each("models"))!, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> LogModelAsync(MlflowCall call)
    {
        const string History = "mlflow.log-model.history";
        TrackedRun run = await call.Get<ITrackedRunStore>().FindAsync(call.Run, call.Cancel) ?? throw TrackingException.NoRun(call.Run);
        JsonArray history = run.Tags.TryGetValue(History, out string? before) && TryParse(before) is JsonArray array ? array : []; // Anybody may set the tag.
        history.Add(Parsed(call.Required("model_json")));
        return await LogAsync(call, new TrackedBatch([], [], [new(History, history.ToJsonString())]));
    }

    private static JsonNode? TryParse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException e)
        {
            throw MlflowCall.Wrong($"model_json is no JSON: {e.Message}");
        }
    }

    // The same dataset or model said twice is said once.
    private static string? Added(string? before, string list, IReadOnlyList<JsonElement> items)
    {
        JsonObject all = before is null ? [] : JsonNode.Parse(before)!.AsObject();
        JsonArray known = all[list]?.AsArray() ?? [];
        if (known.Parent is null)
            all[list] = known;
        HashSet<string> seen = [.. known.Select(k => k!.ToJsonString())];
        foreach (JsonElement item in items)
        {
            JsonNode node = JsonNode.Parse(item.GetRawText())!;
            if (node is JsonObject && seen.Add(node.ToJsonString()))
                known.Add(node);
        }
        return all.ToJsonString();
    }

    private static TrackedState? StatusOf(string? text) => text?.ToUpperInvariant() switch
    {
        null or "" => null,
        "RUNNING" or "1" => TrackedState.Running,
        "SCHEDULED" or "2" => TrackedState.Scheduled,
        "FINISHED" or "3" => TrackedState.Finished,
        "FAILED" or "4" => TrackedState.Failed,
        "KILLED" or "5" => TrackedState.Killed,
        string other => throw MlflowCall.Wrong(string.Create(CultureInfo.InvariantCulture, $"status is '{other}'; it must be RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.")),
    };

    private static TrackingException TooMuch(string message) => new(TrackingRefusal.Invalid, "TRACK-006", message + " Send several.");

    private static MlflowAnswer Answer(TrackedRun run) => new(json =>
    {
        json.WritePropertyName("run");
        json.Run(run);
    });
}
