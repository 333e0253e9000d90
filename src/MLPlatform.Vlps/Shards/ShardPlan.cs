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

    /// <summary>Samples of the whole training, all passes over them together.</summary>
    public required long Samples { get; init; }

    /// <summary>Batches of the whole training.</summary>
    [JsonIgnore]
    public uint Steps => (uint)((Samples + Batch - 1) / Batch);

    /// <summary>Processes that hold rows.</summary>
    public required int Shards { get; init; }

    /// <summary>Processes that compute.</summary>
    public required int Workers { get; init; }

    /// <summary>Samples of a step, of all workers together. Default: 1536.</summary>
    public int Batch { get; init; } = 1536;

    /// <summary>How many batches a worker's rows may lag behind: those of so many are asked for ahead. Costs AUC, the more the shorter the training. Default: 0.</summary>
    public int Staleness { get; init; }

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

    /// <summary>Throws if something is out of range.</summary>
    public void Validate()
    {
        Require(Shards is >= 1 and <= 1024, "shards", "from 1 to 1024", Shards);
        Require(Workers is >= 1 and <= 1024, "workers", "from 1 to 1024", Workers);
        Require(Batch >= Workers && Batch <= 1 << 20, "batch", "at least one sample for each worker, and at most 1048576", Batch);
        Require(Samples >= 1 && Samples / Batch < uint.MaxValue - 64, "samples", "at least 1, in at most 4 billion batches", Samples);
        Require(Staleness is >= 0 and <= 32, "staleness", "from 0 to 32", Staleness);
        Require(CheckpointEvery >= 1, "checkpointEvery", "at least 1", CheckpointEvery);
        Require(Deltas is >= 0 and <= 1000, "deltas", "from 0 to 1000", Deltas);
        Require(WhenFull != WhenFull.Spill, "whenFull", "refuse or evict", WhenFull);
    }

    /// <summary>The last step whose rows those of a step must know, so that answers depend on steps and never on time.</summary>
    public uint Need(uint step)
    {
        uint boundary = (step - 1) / CheckpointEvery * CheckpointEvery;
        return (uint)Math.Max(boundary, step - 1L - Staleness);
    }

    /// <summary>Whether all is saved after a step.</summary>
    public bool IsBoundary(uint step) => step == Steps || step % CheckpointEvery == 0;

    /// <summary>Samples of a step: of the last one, what is left.</summary>
    public int RowsOf(uint step) => (int)Math.Min(Batch, Samples - ((step - 1L) * Batch));

    /// <summary>The samples of a worker in a step: the first, counted over the whole training from 0, and how many.</summary>
    public (long First, int Rows) PartOf(uint step, int worker)
    {
        long rows = RowsOf(step), from = rows * worker / Workers;
        return (((step - 1L) * Batch) + from, (int)((rows * (worker + 1) / Workers) - from));
    }

    /// <summary>Whether a checkpoint of the other training continues as this one. The numbers of shards and workers may differ.</summary>
    public bool Continues(ShardPlan other) => Essence() == other.Essence();

    private string Essence() => JsonSerializer.Serialize(new { Model = NamedModels.Expand(Model), Columns, Batch, Seed }, Json);

    private static void Require(bool holds, string name, string range, object value)
    {
        if (!holds)
            throw new VlpsException(VlpsProblem.Option, $"{name} of a training over shards must be {range}; it is {value}");
    }
}
