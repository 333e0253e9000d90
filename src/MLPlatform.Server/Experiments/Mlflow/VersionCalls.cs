using System.Buffers.Binary;
using System.Text.Json.Nodes;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow/model-versions/…</c></summary>
internal static class VersionCalls
{
    private static readonly string[] Stages = ["None", "Staging", "Production", "Archived"];

    public static MlflowRoute[] Routes { get; } =
    [
        MlflowRoute.Post("/model-versions/create", CreateAsync),
        MlflowRoute.Get("/model-versions/get", async call => Answer(await FindAsync(call))),
        MlflowRoute.Get("/model-versions/search", SearchAsync),
        MlflowRoute.Patch("/model-versions/update", call => ChangeAsync(call, note => note with { Description = call.Text("description") })),
        MlflowRoute.Post("/model-versions/transition-stage", TransitionAsync),
        MlflowRoute.Get("/model-versions/get-download-uri", async call =>
        {
            RegisteredVersion version = await FindAsync(call);
            return new MlflowAnswer(json => json.WriteString("artifact_uri", version.Uri));
        }),
        MlflowRoute.Post("/model-versions/set-tag", call => ChangeAsync(call, note => note with { Tags = RegistryNotes.With(note.Tags, RegistryCalls.Key(call), call.Text("value") ?? "") })),
        MlflowRoute.Delete("/model-versions/delete-tag", call => ChangeAsync(call, note => note with { Tags = RegistryNotes.With(note.Tags, RegistryCalls.Key(call), null) })),
        MlflowRoute.Delete("/model-versions/delete", _ => MlflowRoute.NotOffered("Versions are not deleted: lineage and deployments speak of them. Archive it, or move its aliases.")),
    ];

    public static RegisteredVersion Find(RegisteredModel model, string version) =>
        model.Versions.FirstOrDefault(v => v.Number == RegistryNotes.Number(version)) ?? throw RegistryCalls.NoVersion(model.Name, version);

    public static string StageOf(string text) => Stages.FirstOrDefault(s => s.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? throw MlflowCall.Wrong($"stage is '{text}'; it must be {string.Join(", ", Stages)}.");

    public static MlflowAnswer Answer(RegisteredVersion version) => new(json =>
    {
        json.WritePropertyName("model_version");
        json.Version(version);
    });

    private static async Task<IResult> CreateAsync(MlflowCall call)
    {
        string name = call.Required("name"), source = call.Required("source");
        string? run = call.Text("run_id") is { Length: > 0 } given ? given : null;
        RegisteredModel model = (await RegistryCalls.ViewAsync(call)).Find(name)
            ?? throw new TrackingException(TrackingRefusal.Missing, "TRACK-014", $"There is no registered model '{name}'. Create it first.");
        if (run is not null && call.User.Attempt is not null)
            await call.Get<RunScope>().MayChangeAsync(call.User, run, call.Cancel);
        // 1. The files that the source means, as one artifact.
        string path = await PathOfAsync(call, source);
        ArtifactRef artifact = await call.Get<TrackedFiles>().ComposeAsync(path, "model", call.Cancel)
            ?? throw MlflowCall.Wrong($"There are no files at the source '{source}'. Log the model's files first.");
        // 2. The version, and what the client says of it.
        TrackedRun? made = run is null ? null : await call.Get<ITrackedRunStore>().FindAsync(run, call.Cancel);
        string metrics = made is null ? "{}" : new JsonObject(made.Metrics.Where(m => double.IsFinite(m.Value)).Select(m => KeyValuePair.Create<string, JsonNode?>(m.Name, m.Value))).ToJsonString();
        ModelVersion version = await call.Get<IModelRegistry>().RegisterAsync(
            new ModelRegistration(name, artifact, AttemptFor(call, made, model.Versions), metrics, call.Text("description")), call.Cancel);
        List<KeyValuePair<string, string>> tags = call.Pairs("tags", MlflowName.Tag);
        await call.Get<IModelNotes>().ChangeAsync(name, version.Version, note => note with
        {
            Description = call.Text("description"),
            Source = source,
            TrackedRun = run,
            LoggedModel = call.Text("model_id") is { Length: > 0 } logged ? logged : null,
            Tags = tags.DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => t.Value),
        }, call.Cancel);
        await call.Get<Audit>().WriteAsync(call.User, "model.register", name, new { version.Version, source }, call.Cancel);
        return Answer(Find((await RegistryCalls.ViewAsync(call)).Find(name)!, MlflowJson.Id(version.Version)));
    }

    // One attempt registers one version; a client may register many from one run, so each further one gets a number of its own.
    private static AttemptId AttemptFor(MlflowCall call, TrackedRun? made, IReadOnlyList<RegisteredVersion> known)
    {
        if (made?.Attempt is { } real && known.All(v => v.Version.Attempt != real))
            return real;
        Guid fresh = Guid.CreateVersion7(call.Get<TimeProvider>().GetUtcNow());
        int number = (int)(BinaryPrimitives.ReadUInt32LittleEndian(fresh.ToByteArray().AsSpan(12)) & int.MaxValue);
        return made?.Attempt is { } attempt ? attempt with { Number = number } : new AttemptId(new RunId(Guid.TryParseExact(made?.Id, "N", out Guid id) ? id : fresh), 0, number);
    }

    private static async Task<string> PathOfAsync(MlflowCall call, string source)
    {
        string uri = source;
        if (source.StartsWith("models:/", StringComparison.Ordinal) && await call.Get<ILoggedModelStore>().FindAsync(source["models:/".Length..], call.Cancel) is { } logged)
            uri = (string)JsonNode.Parse(logged.Json)!["info"]!["artifact_uri"]!;
        if (source.StartsWith("runs:/", StringComparison.Ordinal) && source["runs:/".Length..].Split('/', 2) is [string run, string below])
            uri = (await call.Get<ITrackedRunStore>().FindAsync(run, call.Cancel) ?? throw TrackingException.NoRun(run)).ArtifactUri + "/" + below;
        return TrackedPath.Of(uri) ?? throw MlflowCall.Wrong(
            $"The source '{source}' is not in the platform's store, so the platform could not serve it. Log the model to a run whose files go through the server.");
    }

    private static async Task<RegisteredVersion> FindAsync(MlflowCall call)
    {
        string name = call.Required("name"), version = call.Required("version");
        RegisteredModel model = (await RegistryCalls.ViewAsync(call)).Find(name) ?? throw RegistryCalls.NoVersion(name, version);
        return Find(model, version);
    }

    private static async Task<IResult> SearchAsync(MlflowCall call)
    {
        List<RegisteredVersion> found = [.. RegistryView.Select((await RegistryCalls.ViewAsync(call)).Models.SelectMany(m => m.Versions), call.Text("filter"), (v, key) => v.FieldOf(key))];
        SearchPage<RegisteredVersion> page = PageToken.PageOf(found, call.Text("page_token"), call.Limit(10_000, 200_000));
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("model_versions");
            foreach (RegisteredVersion version in page.Items)
                json.Version(version);
            json.WriteEndArray();
            json.NextPage(page.Next);
        });
    }

    private static async Task<IResult> TransitionAsync(MlflowCall call)
    {
        string stage = StageOf(call.Required("stage"));
        RegisteredVersion version = await FindAsync(call);
        RunScope.MayManage(call.User, $"stages of '{version.Version.Model}'");
        RegisteredModel model = (await RegistryCalls.ViewAsync(call)).Find(version.Version.Model)!;
        if (call.Flag("archive_existing_versions"))
        {
            foreach (RegisteredVersion other in model.Versions.Where(v => v.Stage == stage && v.Number != version.Number))
                await call.Get<IModelNotes>().ChangeAsync(model.Name, other.Number, note => note with { Stage = "Archived" }, call.Cancel);
        }
        await call.Get<Audit>().WriteAsync(call.User, "model.stage", model.Name, new { Version = version.Number, stage, before = version.Stage }, call.Cancel);
        return await ChangeAsync(call, note => note with { Stage = stage });
    }

    private static async Task<IResult> ChangeAsync(MlflowCall call, Func<ModelNote, ModelNote> change)
    {
        RegisteredVersion version = await FindAsync(call);
        RunScope.MayManage(call.User, $"version {version.Number} of '{version.Version.Model}'");
        await call.Get<IModelNotes>().ChangeAsync(version.Version.Model, version.Number, change, call.Cancel);
        return Answer(await FindAsync(call));
    }
}
