using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Shards;

/// <summary>The model folder that a training over shards goes on from, and which of its rows go in the end.</summary>
public sealed class ShardOrigin
{
    private readonly string _path;
    private readonly RowEviction? _evict;

    /// <param name="path">The folder.</param>
    /// <param name="evict">Null: no row goes.</param>
    /// <exception cref="VlpsException">It holds no declared model.</exception>
    public ShardOrigin(string path, RowEviction? evict = null) => (_path, _evict, Section) = (path, evict, ModelFolder.ReadNetwork(path));

    /// <summary>Steps that the model took, those of the models before it included.</summary>
    public uint Steps => Section.Step;

    /// <summary>What it says of itself.</summary>
    internal NetworkSection Section { get; }

    /// <summary>Makes the model the checkpoint before the first step, as one shard would have written it. Once it is committed, all begin at it as at any other.</summary>
    internal ShardManifest LayOut(ShardFolder folder, ShardPlan plan)
    {
        using Network network = NetworkAssembly.Build(plan.Model, plan.Columns, new NetworkSetup(1, (ulong)plan.Seed, WithTables: false), Simd.Chosen, Panels.TileRows);
        NetworkState state = NetworkFiles.StateOf(Section, network.Kinds.Count);
        var start = new ShardManifest { Step = 0, Chain = new CheckpointChain(1, [0]), Plan = plan };
        DenseState.Read(network.Parameters, ModelFolder.Inside(_path, state.Dense), Section.Step);
        ShardFiles.SaveDense(folder, network.Parameters, 0, plan);
        for (int table = 0; table < state.Tables.Count; table++)
        {
            string file = ModelFolder.Inside(_path, state.Tables[table]);
            NetworkFiles.RequireStep(Section, state.Tables[table], TableCheckpoint.CopyCounts(file, folder.CountsPath(table)).Header.Stamp);
            Copy(file, folder.TablePath(0, 0, 1, table));
        }
        return start;
    }

    private static void Copy(string file, string to)
    {
        using FileStream from = File.OpenRead(file), copy = File.Create(to);
        from.CopyTo(copy);
        copy.Flush(flushToDisk: true);
    }

    /// <summary>Drops what is to go from a model that has seen all samples of a pass.</summary>
    internal void Evict(SparseModel model) => _evict?.Apply(model, Section);
}
