using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Shards;

/// <summary>How a training over shards went.</summary>
/// <param name="Weights">The files of the weights.</param>
/// <param name="TableRows">Ids that have weights.</param>
/// <param name="Positives">Samples of a pass whose label is 1 in the first task.</param>
/// <param name="Passes">How many there were.</param>
/// <param name="LogLoss">Mean over the last pass, each sample predicted before it was learned from.</param>
/// <param name="Kept">The pass whose weights these are.</param>
public sealed record ShardOutcome(NetworkSection Weights, long TableRows, long Positives, int Passes, double LogLoss, EpochResult Kept);

/// <summary>A model from the checkpoint of a training over shards.</summary>
public static class ShardModel
{
    /// <summary>Merges the shards' rows and takes the dense weights: the model as one process has it.</summary>
    public static SparseModel Merge(ShardFolder folder) => Merge(folder, Committed(folder));

    private static ShardManifest Committed(ShardFolder folder) => folder.Read() ?? throw new VlpsException(VlpsProblem.NoSignal, "there is no checkpoint yet");

    /// <summary>The same after a pass, without the rows that are to go.</summary>
    internal static SparseModel AfterPass(ShardFolder folder, ShardManifest manifest, ShardOrigin? from)
    {
        SparseModel model = Merge(folder, manifest);
        from?.Evict(model);
        return model;
    }

    /// <summary>The same from files that are all there, though nobody may have committed them yet.</summary>
    internal static SparseModel Merge(ShardFolder folder, ShardManifest manifest)
    {
        var model = new SparseModel(manifest.Plan.Model, manifest.Plan.Columns, new SparseOptions { Batch = manifest.Plan.Batch, Seed = manifest.Plan.Seed });
        try
        {
            ShardFiles.Load(folder, model.Network.Tables, manifest, part: null);
            ShardFiles.LoadDense(folder, model.Network.Parameters, manifest.Step, manifest.Plan);
            model.Steps = manifest.Plan.StampOf(manifest.Step);
            foreach (Part part in model.Network.Parts)
            {
                for (int piece = 0; piece < part.Preparations; piece++)
                    Prepare(part, model, piece);
            }
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes the weights as files of a model folder, and judges them by a table where there is one.</summary>
    /// <param name="samples">What was learned from, to tell what is wrong with it; null where it is not at hand.</param>
    /// <param name="from">The model that the training went on from; null: weights began anew.</param>
    public static ShardOutcome Write(ShardFolder folder, string path, FieldSamples? samples, FieldSamples? validation, ShardOrigin? from = null)
    {
        ShardManifest manifest = Committed(folder);
        Signal.Require(manifest.Plan.Rows, manifest.Sums.Positives, manifest.Sums.Weight, samples);
        int passes = (int)(manifest.Step / manifest.Plan.EpochSteps);
        if (manifest.Kept is { } kept)
        {
            Directory.CreateDirectory(path);
            foreach (string file in kept.Weights.Files)
                File.Copy(Path.Combine(folder.KeptPath(kept.Pass), file), Path.Combine(path, file), overwrite: true);
            return new ShardOutcome(kept.Weights, kept.TableRows, manifest.Sums.Positives, passes, manifest.Sums.LogLoss, manifest.Judged.First(j => j.Epoch == kept.Pass));
        }
        using SparseModel model = AfterPass(folder, manifest, from);
        NetworkSection weights = NetworkFiles.Write(path, manifest.Plan.Model, model, withState: true, before: from?.Section);
        (double LogLoss, double? Auc)? judged = validation is null ? null : Judge(model, validation);
        return new ShardOutcome(weights, model.Rows, manifest.Sums.Positives, passes, manifest.Sums.LogLoss, new EpochResult(passes, manifest.Sums.LogLoss, judged?.LogLoss, judged?.Auc));
    }

    /// <summary>Judges a model by a table: the mean log loss, and the area under the curve, null where the table holds one class only.</summary>
    public static (double LogLoss, double? Auc) Judge(SparseModel model, FieldSamples validation)
    {
        // A validation table has its negatives thinned as the training table has.
        using var judge = new NetworkScorer(model.Network, files: null, corrected: false);
        JudgedScores judged = NetworkTraining.Judge(judge, model.NewBlock(), validation, CancellationToken.None);
        return (judged.LogLoss, judged.Auc);
    }

    private static unsafe void Prepare(Part part, SparseModel model, int piece) => part.Prepare(model.Network.Parameters.Values, piece);
}
