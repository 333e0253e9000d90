using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>Trainings of declared models that are killed, and go on from their checkpoints.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private readonly TestActivityContext _context = new();
    private FieldSamples _samples = null!, _validation = null!;
    private FeatureSpec _spec = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData("deepfm", 2, 1)]
    [InlineData("fm", null, 4)]
    public async Task Killed_at_any_write_it_ends_with_the_same_bytes(string model, int? patience, int every)
    {
        await PrepareAsync();
        string undisturbed = Folder();
        NetworkResult whole = Run(model, undisturbed, null, patience: patience);
        int writes = 0;
        Run(model, Folder(), Checkpoints(_context.NewFolder(), _ => writes++), patience: patience);
        Assert.InRange(writes, 20, 60);
        for (int at = 0; at < writes; at += every)
        {
            string kept = _context.NewFolder(), output = Folder();
            int seen = 0;
            Assert.Throws<KilledException>(() => Run(model, Folder(), Checkpoints(kept, name =>
            {
                if (seen++ < at)
                    return;
                File.WriteAllText(Path.Combine(kept, name + ".partial"), "half of it"); // What a kill leaves.
                throw new KilledException();
            }), patience: patience));
            NetworkResult resumed = Run(model, output, Checkpoints(kept), patience: patience);
            AssertSame(undisturbed, output);
            Assert.Equal(whole.Epochs, resumed.Epochs);
            Assert.Equal((whole.Rows, whole.Positives, whole.BestEpoch), (resumed.Rows, resumed.Positives, resumed.BestEpoch));
        }
    }

    [Fact]
    public async Task A_checkpoint_that_was_torn_or_changed_costs_one_interval_and_nothing_else()
    {
        await PrepareAsync();
        string undisturbed = Folder(), kept = _context.NewFolder();
        Run("deepfm", undisturbed, null);
        int seen = 0;
        Assert.Throws<KilledException>(() => Run("deepfm", Folder(), Checkpoints(kept, _ => throw (++seen == 18 ? new KilledException() : new NotYetException()))));
        string[] files = [.. Directory.GetFiles(kept).Select(f => Path.GetFileName(f))];
        Assert.True(files.Length > 4, string.Join(' ', files));
        foreach (string file in files)
        {
            foreach (bool torn in new[] { true, false })
            {
                string damaged = _context.NewFolder(), output = Folder();
                foreach (string name in files)
                    File.Copy(Path.Combine(kept, name), Path.Combine(damaged, name));
                byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(kept, file), Cancel);
                if (torn)
                    bytes = bytes[..(bytes.Length / 2)];
                else
                    bytes[bytes.Length / 2] ^= 0x20;
                await File.WriteAllBytesAsync(Path.Combine(damaged, file), bytes, Cancel);
                List<string> told = [];
                Run("deepfm", output, Checkpoints(damaged) with { Log = told.Add });
                AssertSame(undisturbed, output);
                if (torn && file == files.Where(f => f.EndsWith(".state", StringComparison.Ordinal)).Max(StringComparer.Ordinal))
                    Assert.Contains(told, line => line.EndsWith($"cannot be used: '{file}' cannot be read: it is damaged", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_checkpoint_of_another_training_is_left_aside()
    {
        await PrepareAsync();
        string kept = _context.NewFolder(), fresh = Folder(), output = Folder();
        int seen = 0;
        Assert.Throws<KilledException>(() => Run("deepfm", Folder(), Checkpoints(kept, _ => throw (++seen == 12 ? new KilledException() : new NotYetException()))));
        Run("deepfm", fresh, null, seed: 9);
        List<string> told = [];
        Run("deepfm", output, Checkpoints(kept) with { Fingerprint = "seed 9", Log = told.Add }, seed: 9);
        AssertSame(fresh, output);
        Assert.Contains(told, line => line.Contains("other samples or settings", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deltas_are_smaller_than_all_rows_and_a_chain_does_not_grow_without_end()
    {
        await PrepareAsync();
        List<string> told = [];
        string kept = _context.NewFolder();
        Run("deepfm", Folder(), Checkpoints(kept) with { Log = told.Add }, epochs: 6);
        Assert.Contains(told, line => line.Contains("changed rows", StringComparison.Ordinal));
        Assert.InRange(told.Count(line => line.Contains("all rows", StringComparison.Ordinal)), 2, 12);
        Assert.InRange(Directory.GetFiles(kept).Length, 3, 16);
    }

    [Fact]
    public async Task Epochs_read_from_the_scratch_folder_are_those_of_the_table_and_leave_nothing_behind()
    {
        await PrepareAsync();
        string encoded = Folder(), output = Folder(), scratch = _context.NewFolder();
        Run("deepfm", encoded, null);
        Run("deepfm", output, null, scratch: scratch);
        AssertSame(encoded, output);
        Assert.Empty(Directory.GetFiles(scratch));
    }

    private NetworkResult Run(string model, string output, CheckpointOptions? checkpoints, long seed = 1, int epochs = 3, int? patience = null, string? scratch = null) => NetworkTraining.Run(
        new NetworkOptions
        {
            Declaration = new ModelDeclaration { Model = model == "fm" ? ModelName.Fm : ModelName.DeepFm, Layers = [8], Fields = new FieldDeclaration { Dim = model == "fm" ? 16 : 4, MinCount = 2 } },
            Sparse = new SparseOptions { Batch = 32, AnyThreads = true, Seed = seed },
            Epochs = epochs,
            Patience = patience,
            ScratchFolder = scratch,
            Checkpoints = checkpoints,
        },
        _spec, _samples, patience is null ? null : _validation, output, null, Cancel);

    // A hook that throws NotYetException goes on.
    private static CheckpointOptions Checkpoints(string folder, Action<string>? touching = null) => new()
    {
        Folder = folder,
        Fingerprint = "this one",
        EverySamples = 512,
        Touching = touching is null ? null : name =>
        {
            try
            {
                touching(name);
            }
            catch (NotYetException)
            {
            }
        },
    };

    private string Folder() => Path.Combine(_context.NewFolder(), "model");

    private static void AssertSame(string expected, string folder)
    {
        string[] names = [.. Directory.GetFiles(expected).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(names, Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        foreach (string name in names)
            Assert.True(File.ReadAllBytes(Path.Combine(expected, name)).SequenceEqual(File.ReadAllBytes(Path.Combine(folder, name))), name);
    }

    private async Task PrepareAsync()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(1100, 1)), later = await Chain.CollectAsync(_context, "later.csv", Chain.Clicks(300, 2));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour", "size"] }, new FeatureDeclaration { Standardize = ["price"] });
        string folder = _context.NewFolder();
        await _context.Artifacts.LayOutAsync(features.Hash, folder, Cancel);
        _spec = FeatureSpec.Load(Path.Combine(folder, FeatureSpec.FileName));
        (_samples, _validation) = (await SamplesAsync(table), await SamplesAsync(later));
    }

    private async Task<FieldSamples> SamplesAsync(ArtifactRef table)
    {
        List<string> files = [];
        foreach (ArtifactFile file in (await _context.Artifacts.FindAsync(table.Hash, Cancel))!.Files.Where(f => f.Path.EndsWith(".parquet", StringComparison.Ordinal)))
            files.Add(await _context.Artifacts.FetchAsync(file, Cancel));
        return new FieldSamples(files, _spec, [new LabelColumn("clicked", ["yes"])], blockRows: 256);
    }

    private sealed class KilledException : Exception;

    private sealed class NotYetException : Exception;
}
