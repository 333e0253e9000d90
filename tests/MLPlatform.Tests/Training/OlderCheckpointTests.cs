using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>Trainings that an older build began. Checkpoint/README.md says which, and how its files were made.</summary>
public sealed class OlderCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-older-").FullName;
    private readonly List<string> _told = [];

    private static string Golden => Path.Combine(RepositoryFiles.Root, "tests", "MLPlatform.Tests", "Training", "Checkpoint");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("0000000067", "2124")] // All rows in one file.
    [InlineData("0000000051", "1612")] // All rows of an earlier step, and two deltas.
    public void A_checkpoint_of_an_older_build_is_gone_on_from_and_ends_as_it_ended_there(string newest, string samples)
    {
        JsonElement expected = JsonElement.Parse(File.ReadAllBytes(Path.Combine(Golden, "expected.json")));
        string kept = Copied();
        foreach (string state in Directory.GetFiles(kept, "*.state").Where(f => string.CompareOrdinal(Path.GetFileNameWithoutExtension(f), newest) > 0))
            File.Delete(state);
        NetworkResult result = Run(kept);
        Assert.Contains($"goes on from the checkpoint at {samples} samples, epoch 2", _told);
        Assert.Equal(expected.GetProperty("tableRows").GetInt64(), result.TableRows);
        Near(expected.GetProperty("losses"), [.. result.Epochs.Select(e => (float)e.LogLoss)]);
        Near(expected.GetProperty("scores"), Scores(result));
    }

    [Fact]
    public void The_same_inputs_are_the_training_that_an_older_build_began()
    {
        // As they were in an attempt of commit 51dd723, with the fingerprint of its checkpoints. `whenFull` came later.
        var inputs = JsonSerializer.Deserialize<TrainVlps.Inputs>("""
            {
              "samples": { "$artifact": "sha256:ef7e015e812997469f826ac057820d9b2934fe28df7a141f7c21aa55013ea873", "kind": "table", "bytes": 597812 },
              "features": { "$artifact": "sha256:59bd1bc7889b0dc2c9063bd86c1ee49b49879b48f48f037541745348ed808fed", "kind": "features", "bytes": 1102 },
              "label": "clicked", "declaration": {"model":"deepfm","layers":[64,32],"fields":{"dim":8,"rate":0.1}}, "epochs": 30, "batch": 256, "checkpointEvery": 60000
            }
            """, ActivityJson.Options)!;
        Assert.Equal("815a1798627107f548296a7e512272e31bf51c8346b0169d835ac9a846349cee", DeclaredTraining.FingerprintOf(inputs));
        Assert.NotEqual(DeclaredTraining.FingerprintOf(inputs), DeclaredTraining.FingerprintOf(inputs with { WhenFull = WhenFull.Evict }));
    }

    [Fact]
    public void One_of_a_format_that_is_not_known_is_left_aside_and_told()
    {
        string kept = Copied();
        foreach (string file in Directory.GetFiles(kept, "*.state"))
            File.WriteAllText(file, File.ReadAllText(file).Replace("\"version\":1", "\"version\":99", StringComparison.Ordinal));
        NetworkResult result = Run(kept);
        Assert.Equal(3, result.Epochs.Count);
        Assert.Contains(_told, line => line.Contains("left aside", StringComparison.Ordinal));
        Assert.DoesNotContain(_told, line => line.StartsWith("goes on", StringComparison.Ordinal));
    }

    private string Copied()
    {
        string to = Directory.CreateDirectory(Path.Combine(_folder, "checkpoint")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(Golden, "files")))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return to;
    }

    private NetworkResult Run(string checkpoints)
    {
        FeatureSpec spec = FeatureSpec.Load(Path.Combine(Golden, FeatureSpec.FileName));
        NetworkResult result = NetworkTraining.Run(
            new NetworkOptions
            {
                Declaration = new ModelDeclaration { Model = ModelName.DeepFm, Layers = [8], Fields = new FieldDeclaration { Dim = 4, MinCount = 2 } },
                Sparse = new SparseOptions { Batch = 32, AnyThreads = true, Seed = 1 },
                Epochs = 3,
                Checkpoints = new CheckpointOptions { Folder = checkpoints, Fingerprint = "golden", EverySamples = 512, Log = _told.Add },
            },
            spec, new FieldSamples([Path.Combine(Golden, "samples.parquet")], spec, [new LabelColumn("clicked", ["yes"])], blockRows: 256), null, Model, null, TestContext.Current.CancellationToken);
        ModelFolder.SaveNetwork(Model, new ModelDescription { Kind = ModelFolder.NetworkKind, Label = new LabelColumn("clicked", ["yes"]), Network = result.Weights }, spec);
        return result;
    }

    private string Model => Path.Combine(_folder, "model");

    private float[] Scores(NetworkResult result)
    {
        using ModelFolder model = ModelFolder.Load(Model);
        var rows = Enumerable.Range(0, 20).Select(i => new { user = "u" + i.ToString(CultureInfo.InvariantCulture), colour = "red blue green grey".Split(' ')[i % 4], size = (i % 5).ToString(CultureInfo.InvariantCulture), price = 1 + i * 2.5 });
        float[] scores = new float[20];
        model.Score(ColumnBatch.FromJson(model.Columns, [.. rows.Select(r => JsonSerializer.SerializeToElement(r))]), scores);
        Assert.Equal(model.Description.Network!.Step, result.Weights.Step);
        return scores;
    }

    // Other processors add in another order.
    private static void Near(JsonElement expected, float[] values)
    {
        float[] wanted = [.. expected.EnumerateArray().Select(e => e.GetSingle())];
        Assert.Equal(wanted.Length, values.Length);
        for (int i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], values[i], 0.01f);
    }
}
