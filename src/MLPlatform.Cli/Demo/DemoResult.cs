using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Registry;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Demo;

/// <summary>What the demo made, in a table, and where to look at it.</summary>
internal static class DemoResult
{
    public static async Task ShowAsync(PlatformConnection platform, RunDetail run, string home, CancellationToken cancel)
    {
        JsonElement outputs = run.Outputs!.Value;
        string hash = outputs.GetProperty("report").GetProperty("$artifact").GetString()!;
        string page = $"api/v1/artifacts/{hash}/files/index.html";
        int cached = run.Activities.Count(a => a.State == ActivityStatus.Cached);

        Console.WriteLine();
        Print.Table(["RESULT", "VALUE"],
        [
            ["log lines read", Count(outputs, "read")],
            ["set aside", $"{Count(outputs, "quarantined")} unreadable, {Count(outputs, "duplicates")} delivered twice, {Count(outputs, "missingField")} with a field missing"],
            ["impressions", $"{Count(outputs, "impressions")}, {Count(outputs, "clicks")} of them clicked within the hour"],
            ["AUC", $"{Figure(outputs, "auc")} factorization machine, {Figure(outputs, "linearAuc")} linear model, {Figure(outputs, "bestAuc")} at best"],
            ["model", await ModelAsync(platform.Client, run.Pipeline, outputs, cancel)],
            ["time", $"{Print.Seconds(run.Seconds)} for {run.Activities.Count} activities, {cached} of them from the cache"],
            ["report", platform.IsEmbedded ? await SaveAsync(platform.Client, page, home, "report.html", cancel) : $"{platform.Client.Address.TrimEnd('/')}/{page}"],
        ]);
        Console.WriteLine();
        Console.WriteLine(platform.IsEmbedded
            ? $"""
                Look at it:   ./mlp runs show {run.Id}
                              ./mlp models list
                Serve it:     ./mlp serve, then open http://127.0.0.1:5080/docs
                Change it:    ./mlp run samples/appstore/pipeline.json -p seed=2
                """
            : $"Look at it: mlp runs show {run.Id}, or {platform.Client.Address.TrimEnd('/')}/docs");
    }

    private static async Task<string> ModelAsync(PlatformClient client, string name, JsonElement outputs, CancellationToken cancel)
    {
        if (!outputs.GetProperty("passed").GetBoolean())
            return "not registered: it did not pass the gate";
        ModelVersionView champion = (await client.GetAsync<List<ModelVersionView>>($"api/v1/models/{name}", cancel)).First(v => v.Aliases.Contains("champion"));
        return $"{name} version {champion.Version}, champion";
    }

    /// <summary>Puts the page where a browser can open it: the artifact store keeps files under their hashes.</summary>
    internal static async Task<string> SaveAsync(PlatformClient client, string page, string home, string name, CancellationToken cancel)
    {
        string file = Path.Combine(home, "demo", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, await client.GetTextAsync(page, cancel), cancel);
        return Print.Path(file);
    }

    private static string Count(JsonElement outputs, string name) => outputs.GetProperty(name).GetInt64().ToString("N0", CultureInfo.InvariantCulture);

    private static string Figure(JsonElement outputs, string name) => outputs.GetProperty(name).GetDouble().ToString("F4", CultureInfo.InvariantCulture);
}
