using System.Text.Json.Nodes;

namespace MLPlatform.Cli.Replay;

/// <summary>What <c>mlp replay</c> was asked for.</summary>
/// <param name="Data">A file, folder or pattern, or the name of a dataset.</param>
internal sealed record ReplayRequest(string Data, string Time, string Label)
{
    public IReadOnlyList<string> Positive { get; init; } = [];
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Feature declarations, or null: every column is hashed.</summary>
    public JsonArray? Features { get; init; }
    public required string Step { get; init; }
    public required int WarmUp { get; init; }
    public int? Window { get; init; }
    public required double Holdout { get; init; }
    public required string Model { get; init; }

    /// <summary>Whether the data are found by path.</summary>
    public bool IsPath => File.Exists(Data) || Directory.Exists(Data) || Data.IndexOfAny(['/', '\\', '*', '.']) >= 0;
}

/// <summary>The pipeline behind <c>mlp replay</c>: read, then replay. Nothing is special about it.</summary>
internal static class ReplayPipeline
{
    public static JsonObject Of(ReplayRequest request)
    {
        JsonObject read = request.IsPath
            ? Activity("bees.collect", new JsonObject
            {
                ["source"] = Path.GetFullPath(request.Data),
                ["columns"] = new JsonArray(new JsonObject { ["name"] = request.Time, ["type"] = "timestamp", ["required"] = true }),
            })
            : Activity("dataset.read", new JsonObject { ["name"] = request.Data });
        JsonObject replay = new()
        {
            ["table"] = "${{ activities.read.outputs.table }}",
            ["time"] = request.Time,
            ["label"] = request.Label,
            ["positive"] = Texts(request.Positive),
            ["ignore"] = Texts(request.Ignore),
            ["step"] = request.Step,
            ["warmUp"] = request.WarmUp,
            ["holdout"] = request.Holdout,
            ["training"] = new JsonObject { ["model"] = request.Model },
        };
        if (request.Features is { } features)
            replay["features"] = features.DeepClone();
        if (request.Window is { } window)
            replay["window"] = window;
        return new JsonObject
        {
            ["id"] = "replay",
            ["basic"] = new JsonObject { ["name"] = "Replay", ["description"] = "A model that stays as it is against one that is retrained." },
            ["activities"] = new JsonObject { ["read"] = read, ["replay"] = Activity("model.replay", replay) },
            ["outputs"] = new JsonObject(Outputs.Select(name => KeyValuePair.Create<string, JsonNode?>(name, $"${{{{ activities.replay.outputs.{name} }}}}"))),
        };
    }

    private static readonly string[] Outputs = ["steps", "report", "count", "rows", "positives", "promotions", "frozen", "retrained", "improvement", "ciLow", "ciHigh"];

    private static JsonObject Activity(string type, JsonObject inputs) => new() { ["type"] = type, ["inputs"] = inputs };

    private static JsonArray Texts(IReadOnlyList<string> values) => [.. values.Select(v => JsonValue.Create(v))];
}
