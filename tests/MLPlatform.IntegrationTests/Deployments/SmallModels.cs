using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Small real models of clicks: the columns <c>app</c> and <c>price</c>, trained in a moment.</summary>
internal static class SmallModels
{
    /// <summary>Trains a model into a folder. In <paramref name="favourite"/> lies what it learns to like.</summary>
    public static void Train(string folder, string favourite)
    {
        List<JsonElement> rows = [.. Enumerable.Range(0, 400).Select(i => JsonSerializer.SerializeToElement(new { app = "abcd"[i % 4].ToString(), price = i % 7 * 0.5 }))];
        FeatureSpec spec = FeatureFitter.Fit(
            [new FeatureDeclaration { Hash = ["app"] }, new FeatureDeclaration { Numeric = ["price"] }], ["app", "price"], columns => [ColumnBatch.FromJson(columns, rows)]);
        float[] labels = [.. rows.Select((r, i) => r.GetProperty("app").GetString() == favourite ? i % 9 < 8 ? 1f : 0f : i % 9 == 0 ? 1f : 0f)];
        TrainingOptions options = new() { Model = ModelKind.LogisticRegression, HashBits = 10, Epochs = 5, LearningRate = 0.3f };
        using VlpsModel model = Trainer.Train(options, new EncodedRows(spec, rows, labels), null, null, TestContext.Current.CancellationToken).Model;
        ModelFolder.Save(folder, new ModelDescription { Kind = "vlps-lr", Label = new LabelColumn("click", []) }, spec, model);
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

    private sealed class EncodedRows(FeatureSpec spec, IReadOnlyList<JsonElement> rows, float[] labels) : ISampleSource
    {
        public long CountRows() => rows.Count;

        public IEnumerable<SampleBlock> Read()
        {
            FeatureTransform transform = new(spec);
            ColumnBatch batch = ColumnBatch.FromJson(transform.Columns, rows);
            transform.Bind(batch);
            SampleBlock block = new();
            for (int row = 0; row < rows.Count; row++)
            {
                transform.Encode(row, block);
                block.EndRow(labels[row], 1);
            }
            yield return block;
        }
    }
}
