using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>What activities were given: as bound for an attempt where its folder is still there, else as the plan says, with expressions.</summary>
internal sealed class InstanceInputs(string home, IReadOnlyDictionary<string, JsonElement> planned)
{
    private const long Most = 256 << 10; // More than that is no value to look at.

    public static async Task<InstanceInputs> OfAsync(IRunStore store, RunRow run, HostSettings settings, CancellationToken cancel) =>
        new(settings.Home, await store.FindPlanAsync(run.PlanHash, cancel) is { } plan ? PlanJson.Deserialize(plan).Nodes.ToDictionary(n => n.Name, n => n.Inputs, StringComparer.Ordinal) : []);

    /// <summary>Inputs and outputs by the names that the definition's activity has for them.</summary>
    public JsonObject State(InstanceActivity activity, AttemptRow? attempt, bool withOutputs)
    {
        JsonObject state = [];
        foreach ((string input, JsonNode? value) in (attempt is null ? null : Bound(attempt.Id)) ?? Planned(activity.Node.Name))
            state[ElsaWords.MemberOfInput(input)] = value?.DeepClone();
        if (withOutputs && activity.Row.OutputsJson is { } json && JsonNode.Parse(json) is JsonObject outputs)
        {
            foreach ((string output, JsonNode? value) in outputs)
                state[ElsaWords.MemberOfOutput(output)] = value?.DeepClone();
        }
        return state;
    }

    private JsonObject Planned(string name) => planned.TryGetValue(name, out JsonElement inputs) && JsonNode.Parse(inputs.GetRawText()) is JsonObject known ? known : [];

    // It may go at any moment: retention takes folders away.
    private JsonObject? Bound(AttemptId attempt)
    {
        FileInfo file = new(Path.Combine(home, "attempts", attempt.ToString(), "inputs.json"));
        try
        {
            return file.Exists && file.Length <= Most ? JsonNode.Parse(File.ReadAllText(file.FullName)) as JsonObject : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null; // What the plan says is shown instead.
        }
    }
}
