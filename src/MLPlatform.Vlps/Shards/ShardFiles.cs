using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>The tables and dense weights of checkpoints, to files and back.</summary>
internal static class ShardFiles
{
    /// <summary>Saves a shard's tables after a step: all of it, or what changed since the chain's last step.</summary>
    public static void Save(ShardFolder folder, IReadOnlyList<EmbeddingTable> tables, CheckpointChain chain, int shard)
    {
        uint step = chain.Steps[^1];
        Directory.CreateDirectory(folder.Folder(step));
        for (int table = 0; table < tables.Count; table++)
        {
            string path = folder.TablePath(step, shard, chain.Shards, table);
            if (chain.Steps.Count == 1)
            {
                TableCheckpoint.SaveFull(tables[table], path, step);
                tables[table].ForgetTombstones(step);
            }
            else
            {
                TableCheckpoint.SaveDelta(tables[table], path, chain.Steps[^2], step);
            }
        }
    }

    /// <summary>Brings empty tables to a chain's state: one shard's of as many, its part of another number, or all.</summary>
    /// <param name="part">Which shard of how many; null: all rows.</param>
    public static void Load(ShardFolder folder, IReadOnlyList<EmbeddingTable> tables, CheckpointChain chain, (int Shard, int Shards)? part)
    {
        bool same = part is { } p && p.Shards == chain.Shards;
        Func<ulong, bool>? keep = part is { } other && !same ? id => IdHash.Shard(id, other.Shards) == other.Shard : null;
        for (int table = 0; table < tables.Count; table++)
        {
            foreach (int from in same ? [part!.Value.Shard] : Enumerable.Range(0, chain.Shards))
            {
                uint stamp = TableCheckpoint.Merge(tables[table], folder.TablePath(chain.Steps[0], from, chain.Shards, table), keep);
                foreach (uint step in chain.Steps.Skip(1))
                    stamp = TableCheckpoint.Apply(tables[table], stamp, folder.TablePath(step, from, chain.Shards, table), keep ?? (same ? null : _ => true));
            }
        }
    }

    /// <summary>Saves the dense weights with their state.</summary>
    public static void SaveDense(ShardFolder folder, DenseParameters parameters, uint step)
    {
        Directory.CreateDirectory(folder.Folder(step));
        DenseState.Write(parameters, folder.DensePath(step), step);
    }

    public static void LoadDense(ShardFolder folder, DenseParameters parameters, uint step)
    {
        try
        {
            DenseState.Read(parameters, folder.DensePath(step), step);
        }
        catch (IOException e)
        {
            throw new VlpsException(VlpsProblem.BadFile, $"the dense weights of step {step} cannot be read: {e.Message}", e);
        }
    }
}
