using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>A training over shards and workers; the same for all of them. Rank 0 has it, and tells the shards.</summary>
public sealed record ShardPlan
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public required ModelDeclaration Model { get; init; }

    public required SampleColumns Columns { get; init; }

    /// <summary>Samples of one pass.</summary>
    public required long Rows { get; init; }

    /// <summary>Passes. Default: 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>By which a checkpoint knows that it goes on with the same samples. Default: not said.</summary>
    public string Data { get; init; } = "";

    /// <summary>Steps that the model took which the training goes on from. Default: 0, weights begin anew.</summary>
    public uint Before { get; init; }

    /// <summary>Batches of one pass.</summary>
    [JsonIgnore]
    public uint EpochSteps => (uint)((Rows + Batch - 1) / Batch);

    /// <summary>Batches of the whole training.</summary>
    [JsonIgnore]
    public uint Steps => (uint)(EpochSteps * Epochs);

    /// <summary>
    /// Pieces of the table that are read side by side, so that a step has the same samples however many workers share them; no
    /// more workers than these can. Default: 12 or a few more, a multiple of the workers. A checkpoint keeps its number.
    /// </summary>
    public int Streams { get => field > 0 ? field : Workers * ((11 + Workers) / Workers); init; }

    /// <summary>Processes that hold rows.</summary>
    public required int Shards { get; init; }

    /// <summary>Processes that compute.</summary>
    public required int Workers { get; init; }

    /// <summary>Samples of a step, of all workers together. Default: 1536.</summary>
    public int Batch { get; init; } = 1536;

    /// <summary>How many batches a worker's rows may lag behind: those of so many are asked for ahead. Costs AUC, the more the shorter the training. Default: 0.</summary>
    public int Staleness { get; init; }

    /// <summary>Steps in which rows do not lag yet. Default: 100.</summary>
    public uint LagAfter { get; init; } = 100;

    /// <summary>Steps between checkpoints, at which rows do not lag. Default: 1000.</summary>
    public uint CheckpointEvery { get; init; } = 1000;

    /// <summary>Deltas between two full checkpoints. Default: 8.</summary>
    public int Deltas { get; init; } = 8;

    /// <summary>Seeds first weights and rounding. Default: 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Memory of all tables of one shard. Default: no limit but the machine's.</summary>
    public long TableBytes { get; init; } = 1L << 40;

    /// <summary>What they do when it is used up. Default: refuse.</summary>
    public WhenFull WhenFull { get; init; }

    /// <summary>
    /// Ends the training when the validation loss has not improved for so many passes, and keeps the weights of the best one. Then all
    /// is saved after each pass as well. Default: never.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>Throws if something is out of range.</summary>
    public void Validate()
    {
        Require(Shards is >= 1 and <= 1024, "shards", "from 1 to 1024", Shards);
        Require(Workers is >= 1 and <= 1024, "workers", "from 1 to 1024", Workers);
        Require(Batch >= Workers && Batch <= 1 << 20, "batch", "at least one sample for each worker, and at most 1048576", Batch);
        Require(Workers <= Streams, "workers", $"at most {Streams}, which the training began to share its samples by", Workers);
        Require(Epochs is >= 1 and <= 10_000, "epochs", "from 1 to 10000", Epochs);
        Require(Rows >= 1 && ((double)Rows / Batch * Epochs) + Before < uint.MaxValue - 64, "rows", "at least 1, in at most 4 billion batches with those of the models before", Rows);
        Require(Staleness is >= 0 and <= 32, "staleness", "from 0 to 32", Staleness);
        Require(CheckpointEvery >= 1, "checkpointEvery", "at least 1", CheckpointEvery);
        Require(Deltas is >= 0 and <= 1000, "deltas", "from 0 to 1000", Deltas);
        Require(Patience is null or (>= 1 and <= 10_000), "patience", "from 1 to 10000", Patience ?? 0);
        Require(WhenFull != WhenFull.Spill, "whenFull", "refuse or evict", WhenFull);
    }

    /// <summary>The number by which rows know a step: those of the models before count, too.</summary>
    public uint StampOf(uint step) => Before + step;

    /// <summary>The last step whose rows those of a step must know, so that answers depend on steps and never on time.</summary>
    public uint Need(uint step)
    {
        if (step <= LagAfter)
            return step - 1;
        uint boundary = (step - 1) / CheckpointEvery * CheckpointEvery;
        if (Patience is not null)
            boundary = Math.Max(boundary, (step - 1) / EpochSteps * EpochSteps);
        return (uint)Math.Max(Math.Max(boundary, LagAfter - 1L), step - 1L - Staleness);
    }

    /// <summary>Whether all is saved after a step.</summary>
    public bool IsBoundary(uint step) => step == Steps || step % CheckpointEvery == 0 || IsJudged(step);

    /// <summary>Whether the model is judged after a step: where it must end early, after each pass.</summary>
    public bool IsJudged(uint step) => Patience is not null && step % EpochSteps == 0;

    /// <summary>Samples of a step; the steps of a pass have equally many, as far as that goes.</summary>
    public int RowsOf(uint step)
    {
        int rows = 0;
        for (int worker = 0; worker < Workers; worker++)
            rows += RowsOf(step, worker);
        return rows;
    }

    /// <summary>Samples of a worker in a step.</summary>
    public int RowsOf(uint step, int worker) => PartsOf(step, worker).Sum(p => p.Rows);

    /// <summary>Samples of a worker in any step, at most.</summary>
    public int MostRows(int worker) => StreamsOf(worker).Sum(s => (int)((LengthOf(s) + EpochSteps - 1) / EpochSteps));

    /// <summary>The samples of a worker in a step. All workers' one after another are the same however many workers there are.</summary>
    public IEnumerable<SamplePart> PartsOf(uint step, int worker)
    {
        (uint epoch, uint at) = Math.DivRem(step - 1, EpochSteps);
        foreach (int stream in StreamsOf(worker))
        {
            long first = SamplesBefore(stream, at), next = SamplesBefore(stream, at + 1);
            if (next > first)
                yield return new SamplePart((int)epoch + 1, stream, Streams, BeginOf(stream), LengthOf(stream), first, (int)(next - first));
        }
    }

    private IEnumerable<int> StreamsOf(int worker)
    {
        int from = Share(worker);
        return Enumerable.Range(from, Share(worker + 1) - from);
    }

    private int Share(int worker) => (int)((long)Streams * worker / Workers);

    private long BeginOf(int stream) => (long)((Int128)Rows * stream / Streams);

    private long LengthOf(int stream) => BeginOf(stream + 1) - BeginOf(stream);

    // How many samples of a stream come before a step of a pass. What does not divide falls due at another step in each stream.
    private long SamplesBefore(int stream, uint at) => (long)((((Int128)LengthOf(stream) * at) + ((long)EpochSteps * stream / Streams)) / EpochSteps);

    /// <summary>Whether a checkpoint of the other training continues as this one. The numbers of shards and workers may differ.</summary>
    public bool Continues(ShardPlan other) => Essence() == other.Essence();

    private string Essence() => JsonSerializer.Serialize(new { Model = NamedModels.Expand(Model), Columns, Rows, Data, Batch, Seed, Before }, Json);

    private static void Require(bool holds, string name, string range, object value)
    {
        if (!holds)
            throw new VlpsException(VlpsProblem.Option, $"{name} of a training over shards must be {range}; it is {value}");
    }
}
