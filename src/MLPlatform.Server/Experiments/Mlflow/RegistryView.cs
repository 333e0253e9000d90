using System.Text.Json;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Core.Registry;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary>The registry with its notes, at one moment.</summary>
internal sealed class RegistryView
{
    private RegistryView(IReadOnlyList<RegisteredModel> models) => Models = models;

    public IReadOnlyList<RegisteredModel> Models { get; }

    public RegisteredModel? Find(string name) => Models.FirstOrDefault(m => m.Name == name);

    public static async Task<RegistryView> ReadAsync(IModelRegistry registry, IModelNotes notes, CancellationToken cancel)
    {
        ILookup<string, ModelNote> byModel = (await notes.ListAsync(null, cancel)).ToLookup(n => n.Model, StringComparer.Ordinal);
        List<RegisteredModel> models = [];
        foreach (ModelSummary model in await registry.ListAsync(cancel))
        {
            Dictionary<int, ModelNote> of = byModel[model.Model].ToDictionary(n => n.Version);
            models.Add(new RegisteredModel(model, of.GetValueOrDefault(0),
                [.. (await registry.ListVersionsAsync(model.Model, cancel)).Select(v => new RegisteredVersion(v, of.GetValueOrDefault(v.Version)))]));
        }
        return new RegistryView(models);
    }

    public static IEnumerable<T> Select<T>(IEnumerable<T> all, string? filter, Func<T, FilterKey, string?> field)
    {
        IReadOnlyList<FilterCondition> conditions = FilterParser.Conditions(filter, new HashSet<string>());
        if (conditions.FirstOrDefault(c => c.Key.Entity is not (FilterEntity.Attribute or FilterEntity.Tag)) is { } wrong)
            throw new TrackingException(TrackingRefusal.Invalid, "TRACK-005", $"Models are searched by name, run_id, source_path and tags, not by '{wrong.Key.Name}'.");
        return all.Where(item => conditions.All(c => c.Holds(field(item, c.Key))));
    }
}

/// <summary>A model of the registry.</summary>
internal sealed record RegisteredModel(ModelSummary Model, ModelNote? Note, IReadOnlyList<RegisteredVersion> Versions)
{
    public string Name => Model.Model;

    /// <summary>The newest version of each stage.</summary>
    public IEnumerable<RegisteredVersion> Latest => Versions.GroupBy(v => v.Stage, StringComparer.Ordinal).Select(g => g.MaxBy(v => v.Number)!);

    public string? FieldOf(FilterKey key) => key.Entity == FilterEntity.Tag ? Note?.Tags.GetValueOrDefault(key.Name) : key.Name == "name" ? Name : null;
}

/// <summary>A version of it.</summary>
internal sealed record RegisteredVersion(ModelVersion Version, ModelNote? Note)
{
    public int Number => Version.Version;

    public string Stage => Note?.Stage ?? "None";

    /// <summary>The tracked run that made it, by a client's word or as an attempt.</summary>
    public string Run => Note?.TrackedRun ?? Version.Attempt.ToString();

    public string Uri => Experiment.OwnScheme + TrackedFiles.PathOf(Version);

    public string Source => Note?.Source ?? Uri;

    public string? FieldOf(FilterKey key) => key.Entity == FilterEntity.Tag ? Note?.Tags.GetValueOrDefault(key.Name) : key.Name switch
    {
        "name" => Version.Model,
        "run_id" => Run,
        "source_path" => Source,
        "version_number" or "version" => MlflowJson.Id(Number),
        _ => null,
    };
}

/// <summary>How models are written in answers.</summary>
internal static class RegistryJson
{
    extension(Utf8JsonWriter json)
    {
        public void Model(RegisteredModel model)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteNumber("creation_timestamp", (model.Note?.CreatedAt ?? (model.Versions is [.., RegisteredVersion first] ? first.Version.CreatedAt : (DateTimeOffset?)null) ?? model.Model.UpdatedAt).ToUnixTimeMilliseconds());
            json.WriteNumber("last_updated_timestamp", model.Model.UpdatedAt.ToUnixTimeMilliseconds());
            json.WriteString("description", model.Note?.Description ?? "");
            json.WriteStartArray("latest_versions");
            foreach (RegisteredVersion version in model.Latest)
                json.Version(version);
            json.WriteEndArray();
            json.Pairs("tags", model.Note?.Tags ?? TrackedRun.NoText);
            json.WriteStartArray("aliases");
            foreach ((string alias, int version) in model.Versions.SelectMany(v => v.Version.Aliases.Select(a => (a, v.Number))))
            {
                json.WriteStartObject();
                json.WriteString("alias", alias);
                json.WriteString("version", MlflowJson.Id(version));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        public void Version(RegisteredVersion version)
        {
            json.WriteStartObject();
            json.WriteString("name", version.Version.Model);
            json.WriteString("version", MlflowJson.Id(version.Number));
            json.WriteNumber("creation_timestamp", version.Version.CreatedAt.ToUnixTimeMilliseconds());
            json.WriteNumber("last_updated_timestamp", (version.Note?.UpdatedAt ?? version.Version.CreatedAt).ToUnixTimeMilliseconds());
            json.WriteString("current_stage", version.Stage);
            json.WriteString("description", version.Note?.Description ?? version.Version.Description ?? "");
            json.WriteString("source", version.Source);
            json.WriteString("run_id", version.Run);
            json.WriteString("status", "READY");
            if (version.Note?.LoggedModel is { } logged)
                json.WriteString("model_id", logged);
            json.Pairs("tags", version.Note?.Tags ?? TrackedRun.NoText);
            json.WriteStartArray("aliases");
            foreach (string alias in version.Version.Aliases)
                json.WriteStringValue(alias);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
