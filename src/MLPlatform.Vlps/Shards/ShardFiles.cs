using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>The tables and dense weights of checkpoints, to files and back.</summary>
internal static class ShardFiles
{
    /// <summary>Saves a shard's tables after a step: all of it, or what changed since the chain's last step.</summary>
    public static void Save(ShardFolder folder, IReadOnlyList<EmbeddingTable> tables, CheckpointChain chain, int shard, ShardPlan plan)
    {
        uint step = chain.Steps[^1];
        Directory.CreateDirectory(folder.Folder(step));
        for (int table = 0; table < tables.Count; table++)
        {
            string path = folder.TablePath(step, shard, chain.Shards, table);
            if (chain.Steps.Count == 1)
            {
                TableCheckpoint.SaveFull(tables[table], path, plan.StampOf(step));
                if (plan.Before == 0) // Else the delta against the model before needs them.
                    tables[table].ForgetTombstones(step);
            }
            else
            {
                TableCheckpoint.SaveDelta(tables[table], path, plan.StampOf(chain.Steps[^2]), plan.StampOf(step));
            }
        }
    }

    /// <summary>Brings empty tables to the state of a checkpoint: one shard's of as many, its part of another number, or all.</summary>
    /// <param name="part">Which shard of how many; null: all rows.</param>
    public static void Load(ShardFolder folder, IReadOnlyList<EmbeddingTable> tables, ShardManifest at, (int Shard, int Shards)? part)
    {
        CheckpointChain chain = at.Chain;
        uint goneAt = at.Plan.StampOf(at.Step) + 1; // So that the next checkpoint tells what found no room in this shard.
        bool same = part is { } p && p.Shards == chain.Shards;
        Func<ulong, bool>? keep = part is { } other && !same ? id => IdHash.Shard(id, other.Shards) == other.Shard : null;
        for (int table = 0; table < tables.Count; table++)
        {
            if (part is null && at.Plan.Before > 0)
                TableCheckpoint.Merge(tables[table], folder.CountsPath(table));
            foreach (int from in same ? [part!.Value.Shard] : Enumerable.Range(0, chain.Shards))
            {
                uint stamp = 0;
                for (int i = 0; i < chain.Steps.Count; i++)
                {
                    string path = folder.TablePath(chain.Steps[i], from, chain.Shards, table);
                    // The last file has all counts of ids without a row.
                    Counts counts = keep is null && i == chain.Steps.Count - 1 ? Counts.Add : Counts.Leave;
                    stamp = i == 0 ? TableCheckpoint.Merge(tables[table], path, keep, counts, goneAt) : TableCheckpoint.Apply(tables[table], stamp, path, keep, counts, goneAt);
                }
            }
        }
    }

    /// <summary>Saves the dense weights with their state.</summary>
    public static void SaveDense(ShardFolder folder, DenseParameters parameters, uint step, ShardPlan plan)
    {
        Directory.CreateDirectory(folder.Folder(step));
        DenseState.Write(parameters, folder.DensePath(step), plan.StampOf(step));
    }

    public static void LoadDense(ShardFolder folder, DenseParameters parameters, uint step, ShardPlan plan)
    {
        try
        {
            DenseState.Read(parameters, folder.DensePath(step), plan.StampOf(step));
        }
        catch (IOException e)
        {
            throw new VlpsException(VlpsProblem.BadFile, $"the dense weights of step {step} cannot be read: {e.Message}", e);
        }
    }
}
