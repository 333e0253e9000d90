using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>The pipeline of samples/shards on fewer rows, without the training in one process.</summary>
internal static class ShardSample
{
    /// <summary>
    /// Of each process. What is asked for is its weight against all else on the machine: with less the steps, which all processes
    /// do together, starve beside other tests. Six of them fit two cores, and five beside an activity of one core.
    /// </summary>
    public const string Cpu = "200m";

    /// <param name="checkpoints">A folder that outlives the run; null: the run's own.</param>
    /// <param name="failure">What becomes of a training of which a process is lost.</param>
    public static async Task<JsonObject> ReadAsync(int shards, int workers, string? checkpoints, string failure, CancellationToken cancel)
    {
        string folder = Path.Combine(Repository.Root, "samples", "shards");
        JsonObject file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "pipeline.json"), cancel))!.AsObject();
        file["parameters"]!["items"]!["default"] = Path.Combine(folder, "data", "items.csv");
        file["parameters"]!["rows"]!["default"] = 40_000;
        JsonObject activities = file["activities"]!.AsObject(), inputs = activities["train"]!["inputs"]!.AsObject();
        foreach (string left in (string[])["alone", "evaluateAlone"])
            activities.Remove(left);
        file["outputs"]!.AsObject().Remove("aloneAuc");
        foreach ((string role, int count) in new[] { ("ps", shards), ("worker", workers) })
        {
            JsonNode declared = inputs["roles"]![role]!;
            (declared["count"], declared["cpu"], declared["failure"]) = (count, Cpu, failure);
            if (checkpoints is null)
                continue;
            declared["command"]!.AsArray().Add("--checkpoints");
            declared["command"]!.AsArray().Add(checkpoints);
        }
        inputs["environment"] = new JsonObject { ["ONCE"] = Guid.NewGuid().ToString() }; // So that nothing comes from the cache.
        inputs["parameters"]!["checkpointEvery"] = 20;
        return file;
    }
}
