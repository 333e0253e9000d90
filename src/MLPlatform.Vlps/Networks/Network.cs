using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Spill;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Networks;

/// <summary>A model put together: fields with their tables, parts in order, and the dense weights.</summary>
internal sealed class Network : IDisposable
{
    private const int SpillingPartitionBits = 6;

    private readonly long _laneFloats;
    private readonly Part[] _parts;

    public Network(NetworkBuilder builder, NetworkShape shape, NetworkSetup setup)
    {
        (Fields, Numbers, Tasks, Groups) = (shape.Fields, shape.Numbers, shape.Tasks, shape.Groups);
        (Level, Stride, _parts, Parameters) = (builder.Level, builder.Stride, [.. builder.Parts], builder.Parameters);
        (_laneFloats, InputGradients, Inputs, SumWidth) = (builder.Floats, builder.InputGradients, shape.Inputs, shape.SumWidth);
        (LinearTask, Towers) = (shape.LinearTask, shape.Towers);
        Parameters.Allocate(setup.Lanes, setup.Seed);
        (Kinds, TableOf) = GroupByTable(shape.Fields);
        Tables = setup.WithTables ? [.. Kinds.Select((kind, i) => MakeTable(kind, setup, i, Kinds.Count))] : [];
        Updaters = shape.Updaters;
    }

    public IReadOnlyList<FieldPlan> Fields { get; }

    /// <summary>Names of the numbers.</summary>
    public IReadOnlyList<string> Numbers { get; }

    public IReadOnlyList<TaskDeclaration> Tasks { get; }

    public IReadOnlyList<InputGroup> Groups { get; }

    /// <summary>The inputs, one for each group; none of a network that reads rows directly.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    public SimdLevel Level { get; }

    /// <summary>Samples of a chunk.</summary>
    public int Stride { get; }

    /// <summary>Floats of one chunk's input gradients.</summary>
    public int InputGradients { get; }

    /// <summary>Floats of each sample's sum of factors; 0 where the network has inputs.</summary>
    public int SumWidth { get; }

    /// <summary>The task that the rows' linear weights belong to.</summary>
    public int LinearTask { get; }

    /// <summary>The left tower and the right one; none of models without towers.</summary>
    public IReadOnlyList<Tower> Towers { get; }

    public DenseParameters Parameters { get; }

    /// <summary>Of each table, the first field whose rows it holds.</summary>
    public IReadOnlyList<FieldPlan> Kinds { get; }

    /// <summary>The tables; none where rows come from files.</summary>
    public IReadOnlyList<EmbeddingTable> Tables { get; }

    /// <summary>Of each field, its table.</summary>
    public IReadOnlyList<int> TableOf { get; }

    public IReadOnlyList<RowUpdater> Updaters { get; }

    public IReadOnlyList<Part> Parts => _parts;

    public BlockShape BlockShape(IReadOnlyList<bool> weighted) =>
        new([.. Fields.Select((f, i) => (f.Many, weighted[i]))], Numbers.Count, Tasks.Count);

    public Lane NewLane(int number) => new(number, Stride, _laneFloats, Tasks.Count);

    /// <summary>The way forward of a chunk: log-odds of every task.</summary>
    public unsafe void Forward(Lane lane)
    {
        for (int task = 0; task < Tasks.Count; task++)
            new Span<float>(lane.Logits(task), Stride).Clear();
        foreach (Part part in _parts)
            part.Forward(lane);
    }

    /// <summary>The way back, from the errors of every task.</summary>
    public void Backward(Lane lane)
    {
        for (int i = _parts.Length - 1; i >= 0; i--)
            _parts[i].Backward(lane);
    }

    private static (List<FieldPlan>, int[]) GroupByTable(IReadOnlyList<FieldPlan> fields)
    {
        var kinds = new List<FieldPlan>();
        int[] tableOf = [.. fields.Select(field =>
        {
            int known = kinds.FindIndex(field.SharesTableWith);
            if (known < 0)
                kinds.Add(field);
            return known < 0 ? kinds.Count - 1 : known;
        })];
        return (kinds, tableOf);
    }

    private static EmbeddingTable MakeTable(FieldPlan kind, NetworkSetup setup, int number, int tables)
    {
        var options = new TableOptions
        {
            Layout = kind.Layout,
            MaxBytes = setup.TableBytes / tables,
            WhenFull = setup.WhenFull,
            MinCount = kind.MinCount,
            FactorScale = kind.Step.FactorScale,
            FirstSquares = kind.Step.FirstSquares,
            Seed = (long)setup.Seed,
        };
        if (setup.WhenFull != WhenFull.Spill)
            return new EmbeddingTable(options);
        // Half of the memory for rows, half for the index of all. Cold rows of a partition are in memory together when they are written out.
        return new EmbeddingTable(options with
        {
            PartitionBits = SpillingPartitionBits,
            Spill = new SpillOptions
            {
                Path = Path.Combine(setup.SpillFolder ?? Path.GetTempPath(), $"rows-{number}-{Guid.NewGuid():N}.cold"),
                HotRows = options.MaxBytes / 2 / kind.Layout.Bytes,
                InFlight = 16,
                UntilReleased = true,
            },
        });
    }

    public void Dispose()
    {
        foreach (EmbeddingTable table in Tables)
            table.Dispose();
        foreach (Part part in _parts)
            part.Dispose();
        Parameters.Dispose();
    }
}

/// <summary>What a network is made of, beside its parts.</summary>
internal sealed record NetworkShape(
    IReadOnlyList<FieldPlan> Fields, IReadOnlyList<RowUpdater> Updaters, IReadOnlyList<string> Numbers, IReadOnlyList<TaskDeclaration> Tasks,
    IReadOnlyList<InputGroup> Groups, IReadOnlyList<Tensor> Inputs, int SumWidth, int LinearTask)
{
    /// <summary>The left tower and the right one.</summary>
    public IReadOnlyList<Tower> Towers { get; init; } = [];
}

/// <summary>How a network is set up.</summary>
/// <param name="Lanes">Places to sum dense gradients.</param>
/// <param name="Seed">Seeds first weights.</param>
/// <param name="TableBytes">Memory of all tables together.</param>
/// <param name="WhenFull">What they do when it is used up.</param>
/// <param name="WithTables">Whether there are tables; without, rows come from files.</param>
internal sealed record NetworkSetup(int Lanes, ulong Seed, long TableBytes = 1L << 40, WhenFull WhenFull = WhenFull.Refuse, bool WithTables = true)
{
    /// <summary>Where tables that spill have their files; null: where temporary ones go.</summary>
    public string? SpillFolder { get; init; }
}
