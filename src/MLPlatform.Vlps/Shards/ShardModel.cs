using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Shards;

/// <summary>A model from the checkpoint of a training over shards.</summary>
public static class ShardModel
{
    /// <summary>Merges the shards' rows and takes the dense weights: the model as one process has it.</summary>
    public static SparseModel Merge(ShardFolder folder, SparseOptions options)
    {
        ShardManifest manifest = folder.Read() ?? throw new VlpsException(VlpsProblem.NoSignal, "there is no checkpoint yet");
        var model = new SparseModel(manifest.Plan.Model, manifest.Plan.Columns, options with { Seed = manifest.Plan.Seed });
        try
        {
            ShardFiles.Load(folder, model.Network.Tables, manifest.Chain, part: null);
            ShardFiles.LoadDense(folder, model.Network.Parameters, manifest.Step);
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

    private static unsafe void Prepare(Part part, SparseModel model, int piece) => part.Prepare(model.Network.Parameters.Values, piece);
}
