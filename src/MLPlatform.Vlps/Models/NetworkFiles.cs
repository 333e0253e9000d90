using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Models;

/// <summary>The weights of a declared model as files of a model folder: dense ones in one, and as ONNX for others, rows in a keyed file for each table.</summary>
internal static class NetworkFiles
{
    private const string StateDense = "state-dense.bin";

    /// <summary>Writes the weights; those of an earlier call are replaced.</summary>
    /// <param name="withState">Whether the state of the optimizers goes along, so that another training can go on from here.</param>
    /// <param name="before">The model that this one went on from; what changed since then is written as a delta, too.</param>
    public static NetworkSection Write(string folder, ModelDeclaration declaration, SparseModel model, bool withState, NetworkSection? before)
    {
        Directory.CreateDirectory(folder);
        var tables = new List<NetworkTable>();
        var states = new List<string>();
        var deltas = new List<NetworkDeltaFile>();
        foreach (EmbeddingTable table in model.Network.Tables)
        {
            string name = FormattableString.Invariant($"rows-{tables.Count}.bin"), path = Path.Combine(folder, name);
            if (before is not null)
            {
                string delta = FormattableString.Invariant($"delta-{tables.Count}.bin");
                (long rows, long gone) = KeyedFile.WriteDelta(table, Path.Combine(folder, delta), before.Step, model.Steps);
                deltas.Add(new NetworkDeltaFile(delta, rows) { Gone = gone });
            }
            if (withState)
            {
                states.Add(FormattableString.Invariant($"state-{tables.Count}.bin"));
                TableCheckpoint.SaveSettled(table, Path.Combine(folder, states[^1]), model.Steps);
            }
            KeyedFile.Write(table, path, model.Steps);
            using KeyedRows keyed = KeyedRows.Open(path);
            tables.Add(new NetworkTable(name, DenseFile.Hex(keyed.Identity), keyed.FileRows));
        }
        if (withState)
            DenseState.Write(model.Network.Parameters, Path.Combine(folder, StateDense), model.Steps);
        return new NetworkSection(DeclarationReader.Write(declaration), DenseFile.Write(model.Network.Parameters, Path.Combine(folder, DenseFile.Name)), tables)
        {
            Onnx = DenseGraph.Write(model.Network, Path.Combine(folder, DenseGraph.FileName)),
            Step = model.Steps,
            Ends = before?.EndsWithIt ?? [],
            State = withState ? new NetworkState(StateDense, states) : null,
            Delta = before is null ? null : new NetworkDelta(before.Dense, [.. before.Tables.Select(t => t.Header)], deltas),
        };
    }

    /// <summary>Brings a model that nothing was trained on to the state of a folder, to go on from there.</summary>
    /// <param name="path">Finds a file of the folder.</param>
    public static void LoadState(NetworkSection section, SparseModel model, Func<string, string> path)
    {
        NetworkState state = StateOf(section, model.Network.Tables.Count);
        foreach ((string file, EmbeddingTable table) in state.Tables.Zip(model.Network.Tables))
            RequireStep(section, file, TableCheckpoint.Merge(table, path(file)));
        DenseState.Read(model.Network.Parameters, path(state.Dense), section.Step);
        model.Steps = section.Step;
    }

    /// <summary>The files to go on training with; throws where there are none, or not those of so many tables.</summary>
    public static NetworkState StateOf(NetworkSection section, int tables)
    {
        NetworkState state = section.State ?? throw new VlpsException(VlpsProblem.Option,
            "the model to go on from was written without the state of its training; train it again without leaving 'state' out");
        return state.Tables.Count == tables ? state : throw Bad($"model.json names the state of {state.Tables.Count} tables; the declared model has {tables}");
    }

    /// <summary>Throws where a file of rows is of another step than the model.</summary>
    public static void RequireStep(NetworkSection section, string file, uint stamp)
    {
        if (stamp != section.Step)
            throw Bad($"'{file}' is of step {stamp}, not of step {section.Step}");
    }

    /// <summary>Puts the network together and opens its files, which are read through once: a damaged or foreign one is refused.</summary>
    /// <param name="features">The fitted features.</param>
    /// <param name="section">What model.json says.</param>
    /// <param name="path">Finds a file of the folder.</param>
    public static (Network Network, IReadOnlyList<KeyedRows> Rows) Load(FeatureSpec features, NetworkSection section, Func<string, string> path)
    {
        Network network = Assemble(features, section);
        var rows = new List<KeyedRows>();
        try
        {
            DenseFile.Read(network.Parameters, path(DenseFile.Name), section.Dense);
            if (section.Tables.Count != network.Kinds.Count)
                throw Bad($"model.json names {section.Tables.Count} files of rows; the declared model has {network.Kinds.Count} tables");
            foreach ((NetworkTable table, FieldPlan kind) in section.Tables.Zip(network.Kinds))
            {
                rows.Add(KeyedRows.Open(path(table.File)));
                if (DenseFile.Hex(rows[^1].Identity) != table.Header)
                    throw Bad($"'{table.File}' is whole, but not the one that model.json was written with");
                if (rows[^1].Layout != KeyedLayout.Of(kind.Layout))
                    throw Bad($"'{table.File}' has rows of {rows[^1].Layout}, the declared model those of {KeyedLayout.Of(kind.Layout)}");
                rows[^1].Verify();
            }
            return (network, rows);
        }
        catch
        {
            network.Dispose();
            rows.ForEach(r => r.Dispose());
            throw;
        }
    }

    /// <summary>The same from the model that this one goes on from: its files are shared, and what changed comes from the deltas.</summary>
    /// <param name="before">The rows of that model; they stay as they are.</param>
    public static (Network Network, IReadOnlyList<KeyedRows> Rows) LoadAfter(FeatureSpec features, NetworkSection section, IReadOnlyList<KeyedRows> before, Func<string, string> path)
    {
        Network network = Assemble(features, section);
        var rows = new List<KeyedRows>();
        try
        {
            DenseFile.Read(network.Parameters, path(DenseFile.Name), section.Dense);
            if (before.Count != network.Kinds.Count || section.Delta!.Files.Count != before.Count)
                throw Bad($"model.json names {section.Delta!.Files.Count} deltas; the declared model has {network.Kinds.Count} tables");
            foreach ((NetworkDeltaFile delta, KeyedRows file) in section.Delta.Files.Zip(before))
            {
                rows.Add(file.With(path(delta.File)));
                if (rows[^1].Stamp != section.Step)
                    throw Bad($"'{delta.File}' leads to step {rows[^1].Stamp}, not to step {section.Step}");
            }
            return (network, rows);
        }
        catch
        {
            network.Dispose();
            rows.ForEach(r => r.Dispose());
            throw;
        }
    }

    private static Network Assemble(FeatureSpec features, NetworkSection section)
    {
        SampleColumns fields = FieldEncoder.FieldsOf(features);
        ModelDeclaration declaration = DeclarationReader.ReadKept(section.Declaration, new SampleNames([.. fields.Fields.Select(f => f.Name)], []), out IReadOnlyList<DeclarationProblem> problems)
            ?? throw Bad($"its declaration has mistakes: {string.Join("; ", problems)}");
        return NetworkAssembly.Build(declaration, fields, new NetworkSetup(Lanes: 1, Seed: 0, WithTables: false), Simd.Chosen, SparseModel.ChunkRows);
    }

    private static VlpsException Bad(string why) => new(VlpsProblem.BadFile, $"this is no model that can be read: {why}");
}
