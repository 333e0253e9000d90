using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Recall;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Small real models of two towers, trained in a moment: users <c>u0</c> … <c>u3</c> visit the items <c>i0</c> … <c>i7</c>.</summary>
internal static class SmallTowers
{
    public const int Items = 8;

    private const string Declaration = """
        { "model": "two-tower", "fields": { "dim": 8, "rate": 0.3 }, "denseRate": 0.1,
          "parts": [{ "part": "perceptron", "name": "left", "fields": ["user"], "layers": [8] }, { "part": "perceptron", "name": "right", "fields": ["item"], "layers": [8] }] }
        """;

    /// <summary>Trains a model with items into a folder. User n likes item n + <paramref name="shift"/> most, and visits no other half of the time.</summary>
    public static void Train(string folder, int shift = 0)
    {
        static JsonElement Row(int user, int item) => JsonSerializer.SerializeToElement(new { user = $"u{user}", item = $"i{item % Items}", visited = 1 });
        List<JsonElement> rows = [.. Enumerable.Range(0, 640).Select(i => Row(i % 4, i % 8 < 4 ? i % 4 + shift : i / 8))];
        FeatureSpec spec = FeatureFitter.Fit([new FeatureDeclaration { Hash = ["user", "item"] }], ["user", "item"], columns => [ColumnBatch.FromJson(columns, rows)]);
        NetworkOptions options = new()
        {
            Declaration = DeclarationReader.Read(JsonElement.Parse(Declaration), null, out _)!,
            Sparse = new SparseOptions { Batch = 64 },
            Epochs = 10,
        };
        LabelColumn label = new("visited", []);
        NetworkResult trained = NetworkTraining.Run(
            options, spec, new FieldSamples((columns, _, _) => [ColumnBatch.FromJson(columns, rows)], () => rows.Count, spec, [label]), null, folder, null, TestContext.Current.CancellationToken);
        ModelFolder.SaveNetwork(folder, new ModelDescription { Kind = ModelFolder.NetworkKind, Label = label, Network = trained.Weights }, spec);
        using ModelFolder model = ModelFolder.Load(folder);
        string[] keys = [.. Enumerable.Range(0, Items).Select(i => $"i{i}")];
        ModelTower right = model.Towers[1];
        float[] vectors = new float[Items * right.Width];
        model.Embed(ColumnBatch.FromJson(right.Columns, [.. keys.Select(item => JsonSerializer.SerializeToElement(new { item }))]), 0, right, vectors);
        using VectorCatalogue catalogue = new(right.Width);
        for (int i = 0; i < Items; i++)
            catalogue.Add(vectors.AsSpan(i * right.Width, right.Width));
        ModelFolder.PutItems(folder, "item", new KnownItems(keys, catalogue));
    }

    /// <summary>Trains and registers a version for each shift; they count from the next version on.</summary>
    public static async Task RegisterAsync(TestPlatform platform, string name, params int[] shifts)
    {
        foreach (int shift in shifts)
        {
            string folder = Directory.CreateTempSubdirectory("mlp-towers-").FullName;
            Train(folder, shift);
            ArtifactRef artifact = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "model", TestContext.Current.CancellationToken);
            Directory.Delete(folder, recursive: true);
            await platform.Get<IModelRegistry>().RegisterAsync(
                new ModelRegistration(name, artifact, new AttemptId(new RunId(Guid.NewGuid()), 0, 1), "{}", null), TestContext.Current.CancellationToken);
        }
    }
}
