using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Shards;

/// <summary>The files of a state: one full checkpoint of every shard, then deltas.</summary>
/// <param name="Shards">How many shards wrote them; 0 before the first.</param>
/// <param name="Steps">The step of the full checkpoint, then those of the deltas.</param>
public sealed record CheckpointChain(int Shards, IReadOnlyList<uint> Steps)
{
    public static readonly CheckpointChain Empty = new(0, []);

    /// <summary>The chain with one more checkpoint; of one step alone if that has to be a full one.</summary>
    public CheckpointChain With(uint step, ShardPlan plan) =>
        Steps.Count == 0 || Shards != plan.Shards || Steps.Count > plan.Deltas ? new(plan.Shards, [step]) : new(Shards, [.. Steps, step]);
}

/// <summary>What the mean loss of a pass is made of; each sample is predicted before it is learned from.</summary>
/// <param name="Loss">Log losses of the first task, times weights.</param>
/// <param name="Weight">Weights.</param>
/// <param name="Positives">Samples whose label is 1.</param>
public readonly record struct PassSums(double Loss, double Weight, long Positives)
{
    /// <summary>The mean; 0 where there is nothing yet.</summary>
    [JsonIgnore]
    public double LogLoss => Weight > 0 ? Loss / Weight : 0;

    internal PassSums And(PassSums more) => new(Loss + more.Loss, Weight + more.Weight, Positives + more.Positives);
}

/// <summary>What was committed last: written when every file of the step is there, and replaced as a whole.</summary>
public sealed record ShardManifest
{
    public int FormatVersion { get; init; } = 1;

    /// <summary>The step whose state it is; 0 before the first, with files where the training goes on from a model.</summary>
    public required uint Step { get; init; }

    public required CheckpointChain Chain { get; init; }

    /// <summary>Of the pass that the step is in, up to it.</summary>
    public PassSums Sums { get; init; }

    /// <summary>Passes that were judged, oldest first; only with patience.</summary>
    public IReadOnlyList<EpochResult> Judged { get; init; } = [];

    /// <summary>The best of them; null before the first.</summary>
    public KeptPass? Kept { get; init; }

    /// <summary>Whether the training is over.</summary>
    public bool Finished { get; init; }

    public required ShardPlan Plan { get; init; }
}

/// <summary>A pass whose weights are kept beside the checkpoints, as files of a model folder.</summary>
/// <param name="Pass">From 1.</param>
/// <param name="Weights">The files.</param>
/// <param name="TableRows">Ids that have weights.</param>
public sealed record KeptPass(int Pass, NetworkSection Weights, long TableRows);

/// <summary>The folder that shards and workers keep their checkpoints in; all of them see the same one.</summary>
public sealed class ShardFolder(string path)
{
    private string ManifestPath => Path.Combine(path, "manifest.json");

    private string GenerationPath => Path.Combine(path, "generation");

    /// <summary>What was committed last; null: nothing yet.</summary>
    public ShardManifest? Read()
    {
        try
        {
            ShardManifest manifest = JsonSerializer.Deserialize<ShardManifest>(File.ReadAllBytes(ManifestPath), ShardPlan.Json)
                ?? throw new JsonException("it is null");
            return manifest.FormatVersion == 1 ? manifest : throw new JsonException($"its format is {manifest.FormatVersion}, this program reads 1");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new VlpsException(VlpsProblem.BadFile, $"{ManifestPath} is no manifest of checkpoints: {JsonMistake.Words(e)}. Begin with an empty folder.", e);
        }
    }

    /// <summary>Makes the next state the one to go on from, then removes what none needs any more.</summary>
    public void Commit(ShardManifest manifest)
    {
        Replace(ManifestPath, JsonSerializer.SerializeToUtf8Bytes(manifest, ShardPlan.Json));
        foreach (string folder in Directory.GetDirectories(path, "step-*"))
        {
            if (uint.TryParse(Path.GetFileName(folder)[5..], CultureInfo.InvariantCulture, out uint step) && step < manifest.Step && !manifest.Chain.Steps.Contains(step))
                Directory.Delete(folder, recursive: true);
        }
        foreach (string folder in Directory.GetDirectories(path, "kept-*").Where(f => manifest.Kept is null || f != KeptPath(manifest.Kept.Pass)))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>The number of the next generation, larger than every one before.</summary>
    public long NextGeneration(long after)
    {
        Directory.CreateDirectory(path);
        long last = Generation();
        Replace(GenerationPath, System.Text.Encoding.ASCII.GetBytes((Math.Max(last, after) + 1).ToString(CultureInfo.InvariantCulture)));
        return Math.Max(last, after) + 1;
    }

    /// <summary>The generation that was begun last; 0: none.</summary>
    public long Generation() =>
        File.Exists(GenerationPath) && long.TryParse(File.ReadAllText(GenerationPath), CultureInfo.InvariantCulture, out long last) ? last : 0;

    internal string Folder(uint step) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"step-{step:D10}"));

    internal string TablePath(uint step, int shard, int shards, int table) =>
        Path.Combine(Folder(step), string.Create(CultureInfo.InvariantCulture, $"shard-{shard}-of-{shards}.table-{table}"));

    internal string KeptPath(int pass) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"kept-{pass}"));

    /// <summary>The counts that the model before had of ids without a row.</summary>
    internal string CountsPath(int table) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"counts-{table}"));

    internal string DensePath(uint step) => Path.Combine(Folder(step), "dense");

    // Flushed before it has its name, so that a machine that loses power has the old file or the new one.
    internal static void Replace(string file, ReadOnlySpan<byte> bytes)
    {
        string partial = file + ".partial";
        using (FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(partial, file, overwrite: true);
    }
}
