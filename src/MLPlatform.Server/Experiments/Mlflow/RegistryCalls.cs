using System.Globalization;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow/registered-models/…</c> and <c>/mlflow/model-versions/…</c>: the platform's own registry, as clients of the protocol see it.</summary>
internal static class RegistryCalls
{
    public static MlflowRoute[] Routes { get; } =
    [
        MlflowRoute.Post("/registered-models/create", CreateModelAsync),
        MlflowRoute.Get("/registered-models/get", async call => ModelAnswer(await FindModelAsync(call))),
        MlflowRoute.Get("/registered-models/search", SearchModelsAsync),
        MlflowRoute.Get("/registered-models/list", SearchModelsAsync),
        MlflowRoute.Patch("/registered-models/update", call => ChangeModelAsync(call, note => note with { Description = call.Text("description") })),
        MlflowRoute.Post("/registered-models/rename", _ => MlflowRoute.NotOffered("Models keep their names: deployments and lineage speak of them.")),
        MlflowRoute.Delete("/registered-models/delete", _ => MlflowRoute.NotOffered("Registered models are not deleted: lineage and deployments speak of them.")),
        MlflowRoute.Get("/registered-models/get-latest-versions", LatestAsync),
        MlflowRoute.Ask("/registered-models/get-latest-versions", LatestAsync),
        MlflowRoute.Post("/registered-models/set-tag", call => ChangeModelAsync(call, note => note with { Tags = RegistryNotes.With(note.Tags, Key(call), call.Text("value") ?? "") })),
        MlflowRoute.Delete("/registered-models/delete-tag", call => ChangeModelAsync(call, note => note with { Tags = RegistryNotes.With(note.Tags, Key(call), null) })),
        MlflowRoute.Post("/registered-models/alias", SetAliasAsync),
        MlflowRoute.Delete("/registered-models/alias", RemoveAliasAsync),
        MlflowRoute.Get("/registered-models/alias", GetByAliasAsync),
        .. VersionCalls.Routes,
    ];

    public static async Task<RegistryView> ViewAsync(MlflowCall call) =>
        await RegistryView.ReadAsync(call.Get<IModelRegistry>(), call.Get<IModelNotes>(), call.Cancel);

    public static string Key(MlflowCall call) => MlflowName.Tag.Check(call.Required("key"));

    public static TrackingException NoVersion(string model, string version) =>
        new(TrackingRefusal.Missing, "TRACK-014", $"The registered model '{model}' has no version {version}.");

    private static async Task<IResult> CreateModelAsync(MlflowCall call)
    {
        string name = call.Required("name");
        if (name.Length > 200 || name.Any(c => char.IsControl(c) || c is '/' or ':' or '\\') || name is "." or "..")
            throw MlflowCall.Wrong("The name of a model has 1 to 200 characters and no '/', ':', backslash or control character.");
        Dictionary<string, string> tags = new(StringComparer.Ordinal);
        foreach ((string key, string value) in call.Pairs("tags", MlflowName.Tag))
            tags[key] = value;
        if (!await call.Get<IModelNotes>().CreateModelAsync(name, call.Text("description"), tags, call.Cancel))
            throw new TrackingException(TrackingRefusal.Exists, "TRACK-015", $"There is a registered model '{name}' already.");
        await call.Get<Audit>().WriteAsync(call.User, "model.create", name, null, call.Cancel);
        return ModelAnswer((await ViewAsync(call)).Find(name)!);
    }

    private static async Task<RegisteredModel> FindModelAsync(MlflowCall call)
    {
        string name = call.Required("name");
        return (await ViewAsync(call)).Find(name) ?? throw NoModel(name);
    }

    private static async Task<IResult> SearchModelsAsync(MlflowCall call)
    {
        List<RegisteredModel> found = [.. RegistryView.Select((await ViewAsync(call)).Models, call.Text("filter"), (m, key) => m.FieldOf(key))];
        SearchPage<RegisteredModel> page = PageToken.PageOf(found, call.Text("page_token"), call.Limit(100, 1000));
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("registered_models");
            foreach (RegisteredModel model in page.Items)
                json.Model(model);
            json.WriteEndArray();
            json.NextPage(page.Next);
        });
    }

    private static async Task<IResult> LatestAsync(MlflowCall call)
    {
        RegisteredModel model = await FindModelAsync(call);
        IReadOnlyList<string> stages = [.. call.Texts("stages").Select(VersionCalls.StageOf)];
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("model_versions");
            foreach (RegisteredVersion version in model.Latest.Where(v => stages.Count == 0 || stages.Contains(v.Stage)))
                json.Version(version);
            json.WriteEndArray();
        });
    }

    private static async Task<IResult> ChangeModelAsync(MlflowCall call, Func<ModelNote, ModelNote> change)
    {
        RegisteredModel model = await FindModelAsync(call);
        RunScope.MayManage(call.User, $"registered model '{model.Name}'");
        await call.Get<IModelNotes>().ChangeAsync(model.Name, 0, change, call.Cancel);
        return ModelAnswer((await ViewAsync(call)).Find(model.Name)!);
    }

    private static async Task<IResult> SetAliasAsync(MlflowCall call)
    {
        RegisteredModel model = await FindModelAsync(call);
        RunScope.MayManage(call.User, $"aliases of '{model.Name}'");
        string alias = call.Required("alias");
        if (!Registry.AliasName.IsValid(alias))
            throw MlflowCall.Wrong($"'{alias}' cannot be an alias: use 1 to 64 lower-case letters, digits or dashes, a letter first.");
        RegisteredVersion version = VersionCalls.Find(model, call.Required("version"));
        int? before = await call.Get<IModelRegistry>().SetAliasAsync(model.Name, alias, version.Number, call.User.Name, call.Cancel);
        await call.Get<Audit>().WriteAsync(call.User, "model.alias", model.Name, new { alias, Version = version.Number, before }, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> RemoveAliasAsync(MlflowCall call)
    {
        RegisteredModel model = await FindModelAsync(call);
        RunScope.MayManage(call.User, $"aliases of '{model.Name}'");
        string alias = call.Required("alias");
        int? before = await call.Get<IModelRegistry>().RemoveAliasAsync(model.Name, alias, call.User.Name, call.Cancel);
        await call.Get<Audit>().WriteAsync(call.User, "model.alias", model.Name, new { alias, Version = 0, before }, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> GetByAliasAsync(MlflowCall call)
    {
        RegisteredModel model = await FindModelAsync(call);
        string alias = call.Required("alias");
        RegisteredVersion version = model.Versions.FirstOrDefault(v => v.Version.Aliases.Contains(alias))
            ?? throw new TrackingException(TrackingRefusal.Missing, "TRACK-014", $"The registered model '{model.Name}' has no alias '{alias}'.");
        return VersionCalls.Answer(version);
    }

    private static TrackingException NoModel(string name) => new(TrackingRefusal.Missing, "TRACK-014", $"There is no registered model '{name}'.");

    private static MlflowAnswer ModelAnswer(RegisteredModel model) => new(json =>
    {
        json.WritePropertyName("registered_model");
        json.Model(model);
    });
}

/// <summary>Tags of notes.</summary>
internal static class RegistryNotes
{
    public static IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> tags, string key, string? value)
    {
        Dictionary<string, string> changed = new(tags, StringComparer.Ordinal);
        if (value is null)
            changed.Remove(key);
        else
            changed[key] = MlflowName.Tag.CheckValue(value);
        return changed;
    }

    public static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number : throw MlflowCall.Wrong($"version is '{text}'; it must be a whole number from 1.");
}
