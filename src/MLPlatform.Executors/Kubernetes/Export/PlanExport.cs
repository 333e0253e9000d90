using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Kubernetes.Export;

/// <summary>What the attempts of a plan would become on a cluster: the objects that the executor makes, with expressions as they stand in the file.</summary>
public static partial class PlanExport
{
    /// <param name="plan">Of a run that nobody starts.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="home">Where the home folder is in pods.</param>
    /// <param name="catalog">Says of a type whether its attempts keep checkpoints.</param>
    /// <returns>For each activity that leaves the server its objects, with a word about it.</returns>
    /// <exception cref="ActivityException">The cluster cannot run an activity as declared.</exception>
    public static IReadOnlyList<(string? Comment, JsonObject Object)> Of(RunPlan plan, ClusterSettings cluster, string home, ActivityCatalog catalog)
    {
        // A run's id is not known before it: the pipeline's name gives one that is the same each time.
        RunId run = new(new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(plan.Pipeline)).AsSpan(0, 16)));
        List<(string?, JsonObject)> all = [];
        for (int i = 0; i < plan.Nodes.Count; i++)
        {
            PlannedNode node = plan.Nodes[i];
            if (node.Placement == ActivityPlacement.Inline)
                continue;
            Workload workload = Try(node, () => AttemptManifest.Of(Order(plan, node, new AttemptId(run, i, 1), catalog), home, cluster, new Dictionary<string, string>()));
            string words = $"{node.Name} ({node.Type})" + (node.ForEach is null ? "" : ", once for each item of its forEach");
            foreach ((_, JsonObject before) in workload.Before)
                all.Add((words, before));
            all.Add((words, workload.Main));
        }
        return all;
    }

    private static Workload Try(PlannedNode node, Func<Workload> make)
    {
        try
        {
            return make();
        }
        catch (ActivityException e)
        {
            throw new ActivityException(e.Code, $"{node.Name}: {e.Message}", e.Kind, e);
        }
    }

    private static AttemptOrder Order(RunPlan plan, PlannedNode node, AttemptId id, ActivityCatalog catalog) => new()
    {
        Id = id,
        Pipeline = plan.Pipeline,
        Activity = node.Name,
        Type = node.Type,
        Placement = node.Placement,
        LogicalDate = DateTimeOffset.UnixEpoch,
        Inputs = Bound(node.Inputs, plan.Parameters),
        Command = node.Placement == ActivityPlacement.Script ? Command(Bound(node.Inputs, plan.Parameters)) : null,
        Resources = node.Resources,
        Group = Text(plan.Basic, "group"),
        Owner = Text(plan.Basic, "owner"),
        Timeout = node.Timeout,
        Checkpoints = catalog.Find(node.Type)?.Checkpoints == true,
    };

    // Parameters are known already; what other activities give is not.
    private static JsonElement Bound(JsonElement inputs, JsonElement parameters)
    {
        if (!inputs.GetRawText().Contains("parameters.", StringComparison.Ordinal) || JsonNode.Parse(inputs.GetRawText()) is not { } root)
            return inputs;
        return JsonSerializer.SerializeToElement(Bound(root, parameters));
    }

    private static JsonNode? Bound(JsonNode? node, JsonElement parameters) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Bound(p.Value, parameters)))),
        JsonArray a => new JsonArray([.. a.Select(item => Bound(item, parameters))]),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => JsonValue.Create(Parameter().Replace(v.GetValue<string>(), match =>
            parameters.TryGetProperty(match.Groups[1].Value, out JsonElement value) ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText() : match.Value)),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"\$\{\{\s*parameters\.(\w+)\s*\}\}")]
    private static partial Regex Parameter();

    // Inputs may hold expressions, so that they are no inputs of the activity's type yet: what matters to a pod is read by name.
    private static ScriptCommand Command(JsonElement inputs)
    {
        string[] words = inputs.TryGetProperty("command", out JsonElement command) && command.ValueKind == JsonValueKind.Array
            ? [.. command.EnumerateArray().Select(w => w.ValueKind == JsonValueKind.String ? w.GetString()! : w.GetRawText())]
            : [];
        Dictionary<string, string> environment = inputs.TryGetProperty("environment", out JsonElement variables) && variables.ValueKind == JsonValueKind.Object
            ? variables.EnumerateObject().ToDictionary(v => v.Name, v => v.Value.ValueKind == JsonValueKind.String ? v.Value.GetString()! : v.Value.GetRawText())
            : [];
        bool roles = inputs.TryGetProperty("roles", out JsonElement declared) && declared.ValueKind == JsonValueKind.Object;
        bool checkpoints = inputs.TryGetProperty("checkpoints", out JsonElement kept) ? kept.ValueKind == JsonValueKind.True : roles;
        ScriptCode? code = inputs.TryGetProperty("source", out JsonElement source) && source.ValueKind == JsonValueKind.Object
            ? new ScriptCode(new ArtifactRef(new string('0', 64), "code", 0), Text(source, "path") ?? "")
            : null;
        return new ScriptCommand(words, Text(inputs, "workingFolder"), environment, code, checkpoints, roles, Text(inputs, "image"));
    }

    private static string? Text(JsonElement o, string name) =>
        o.ValueKind == JsonValueKind.Object && o.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
