using System.Text.Json.Nodes;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>Objects for a cluster in the order in which they are made; a name that comes twice for one kind is a problem.</summary>
internal sealed class ManifestList
{
    public const string Group = "mlplatform.io/group", Person = "mlplatform.io/person", Pool = "mlplatform.io/pool";

    private readonly Dictionary<(string Kind, string? Namespace, string Name), string> _origins = [];

    public List<JsonObject> Objects { get; } = [];
    public List<string> Notes { get; } = [];
    public List<SettingsProblem> Problems { get; } = [];

    /// <param name="origin">What it stands for, for the message where two become one.</param>
    /// <param name="annotations">What it is called here, which names on a cluster may not say.</param>
    public void Add(string apiVersion, string kind, string name, string origin, JsonObject? spec, string? space = null, params (string Key, string Value)[] annotations)
    {
        if (!_origins.TryAdd((kind, space, name), origin))
        {
            Problems.Add(new SettingsProblem("QUOTA-061", [], $"{origin} and {_origins[(kind, space, name)]} would both be the {kind} '{name}'", "Rename one of them: names on a cluster are lower-case letters, digits and '-'."));
            return;
        }
        JsonObject metadata = new() { ["name"] = name, ["labels"] = new JsonObject { ["app.kubernetes.io/part-of"] = "mlplatform" } };
        if (space is not null)
            metadata["namespace"] = space;
        if (annotations.Length > 0)
            metadata["annotations"] = new JsonObject(annotations.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value)));
        JsonObject manifest = new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
        if (spec is not null)
            manifest["spec"] = spec;
        Objects.Add(manifest);
    }

    public void Problem(string message, string hint) => Problems.Add(new SettingsProblem("QUOTA-060", [], message, hint));

    public ClusterExport ToExport() => new(Problems.Count > 0 ? [] : Objects, [.. Notes.Distinct()], Problems);
}
