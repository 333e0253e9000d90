using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Small real models of clicks: the columns <c>app</c> and <c>price</c>, trained in a moment.</summary>
internal static class SmallModels
{
    /// <summary>Trains a model into a folder. In <paramref name="favourite"/> lies what it learns to like.</summary>
    /// <param name="declared">Default: logistic regression.</param>
    public static void Train(string folder, string favourite, ModelDeclaration? declared = null)
    {
        int Click(int i) => "abcd"[i % 4].ToString() == favourite ? i % 9 < 8 ? 1 : 0 : i % 9 == 0 ? 1 : 0;
        List<JsonElement> rows = [.. Enumerable.Range(0, 400).Select(i => JsonSerializer.SerializeToElement(new { app = "abcd"[i % 4].ToString(), price = i % 7 * 0.5, click = Click(i) }))];
        FeatureSpec spec = FeatureFitter.Fit(
            [new FeatureDeclaration { Hash = ["app"] }, new FeatureDeclaration { Numeric = ["price"] }], ["app", "price"], columns => [ColumnBatch.FromJson(columns, rows)]);
        NetworkOptions options = new()
        {
            Declaration = declared ?? new ModelDeclaration { Model = ModelName.Lr, Fields = new FieldDeclaration { Rate = 0.3 } },
            Sparse = new SparseOptions { Batch = 32 },
            Epochs = 5,
        };
        LabelColumn label = new("click", []);
        NetworkResult trained = NetworkTraining.Run(
            options, spec, new FieldSamples((columns, _, _) => [ColumnBatch.FromJson(columns, rows)], () => rows.Count, spec, [label]), null, folder, null, TestContext.Current.CancellationToken);
        ModelFolder.SaveNetwork(folder, new ModelDescription { Kind = ModelFolder.NetworkKind, Label = label, Network = trained.Weights }, spec);
    }

    /// <summary>Trains and registers a version for each favourite; they count from the next version on.</summary>
    public static async Task<List<ModelVersion>> RegisterAsync(TestPlatform platform, string name, params string[] favourites)
    {
        List<ModelVersion> versions = [];
        foreach (string favourite in favourites)
        {
            string folder = Directory.CreateTempSubdirectory("mlp-model-").FullName;
            Train(folder, favourite);
            ArtifactRef artifact = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "model", TestContext.Current.CancellationToken);
            Directory.Delete(folder, recursive: true);
            versions.Add(await platform.Get<IModelRegistry>().RegisterAsync(
                new ModelRegistration(name, artifact, new AttemptId(new RunId(Guid.NewGuid()), 0, 1), "{}", null), TestContext.Current.CancellationToken));
        }
        return versions;
    }
}
