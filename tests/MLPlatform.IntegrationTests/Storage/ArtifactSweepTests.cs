using CsCheck;
using MLPlatform.Core.Artifacts;
using MLPlatform.Storage.Artifacts;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

public sealed class ArtifactSweepTests : IDisposable
{
    private static readonly DateTimeOffset Old = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Cutoff = Old.AddDays(1);
    private static readonly HashSet<string> None = [];
    private readonly string _root = Directory.CreateTempSubdirectory("mlp-sweep-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task All_that_is_unneeded_goes_and_all_that_is_needed_stays_whole() =>
        await Gen.Select(Gen.Int[0, 6].Array[1, 4], Gen.Bool, Gen.Bool).Array[1, 8].SampleAsync(async drawn =>
        {
            // Artifacts share files by content; some are needed, some are young.
            LocalArtifactStore store = NewStore();
            List<(ArtifactRef Artifact, bool Needed, bool Young)> all = [];
            foreach ((int[] parts, bool needed, bool young) in drawn)
                all.Add((await PutAsync(store, [.. parts.Distinct().Select(p => $"content {p}")]), needed, young));
            Age(store);
            foreach ((ArtifactRef artifact, _, _) in all.Where(a => a.Young))
                await store.ComposeAsync((await store.FindAsync(artifact.Hash, Cancel))!.Files, "table", Cancel); // Stored again.
            HashSet<string> stay = [.. all.Where(a => a.Needed || a.Young).Select(a => a.Artifact.Hash)];
            ArtifactSweep sweep = new(store);
            List<string> unneeded = [.. sweep.StoredBefore(Cutoff).Where(h => !all.Any(a => a.Needed && a.Artifact.Hash == h))];
            Assert.Equal(all.Select(a => a.Artifact.Hash).Where(h => !stay.Contains(h)).Distinct().Order(), unneeded.Order());
            (int files, long bytes) = await sweep.RemoveBlobsAsync(Cutoff, dryRun: true, unneeded.ToHashSet(), Cancel);
            Assert.All(unneeded, hash => Assert.True(sweep.RemoveManifest(hash, Cutoff)));
            Assert.Equal((files, bytes), await sweep.RemoveBlobsAsync(Cutoff, dryRun: false, None, Cancel));
            foreach ((ArtifactRef artifact, _, _) in all)
            {
                Assert.Equal(stay.Contains(artifact.Hash), await store.FindAsync(artifact.Hash, Cancel) is not null);
                if (stay.Contains(artifact.Hash))
                    await store.LayOutAsync(artifact.Hash, Path.Combine(_root, Guid.NewGuid().ToString("N")), Cancel);
            }
            HashSet<string> contents = [];
            foreach (string hash in stay)
                contents.UnionWith((await store.FindAsync(hash, Cancel))!.Files.Select(f => f.Hash));
            Assert.Equal(contents.Count, Directory.EnumerateFiles(Path.Combine(store.Folder, "sha256"), "*", SearchOption.AllDirectories).Count());
        }, iter: 40, threads: 1);

    [Fact]
    public async Task What_is_stored_again_while_it_lies_aside_is_not_lost()
    {
        LocalArtifactStore store = NewStore();
        ArtifactRef artifact = await PutAsync(store, ["again"]);
        Age(store);
        ArtifactSweep sweep = new(store) { WhileAside = _ => PutAsync(store, ["again"]).GetAwaiter().GetResult() };
        sweep.RemoveManifest(artifact.Hash, Cutoff);
        await sweep.RemoveBlobsAsync(Cutoff, dryRun: false, None, Cancel);
        await store.LayOutAsync(artifact.Hash, Path.Combine(_root, "out"), Cancel);
        Assert.Equal("again", await File.ReadAllTextAsync(Path.Combine(_root, "out", "0.txt"), Cancel));
    }

    [Fact]
    public async Task What_is_touched_just_before_it_is_moved_is_put_back()
    {
        LocalArtifactStore store = NewStore();
        ArtifactRef artifact = await PutAsync(store, ["touched"]);
        Age(store);
        ArtifactSweep sweep = new(store);
        string[] seen = [.. sweep.StoredBefore(Cutoff)];
        await PutAsync(store, ["touched"]);
        Assert.All(seen, hash => Assert.False(sweep.RemoveManifest(hash, Cutoff)));
        Assert.Equal((0, 0L), await sweep.RemoveBlobsAsync(Cutoff, dryRun: false, None, Cancel));
        await store.LayOutAsync(artifact.Hash, Path.Combine(_root, "out"), Cancel);
    }

    [Fact]
    public async Task A_collector_that_dies_with_a_file_aside_loses_nothing()
    {
        LocalArtifactStore store = NewStore();
        ArtifactRef artifact = await PutAsync(store, ["crash"]);
        Age(store);
        ArtifactSweep dying = new(store) { WhileAside = _ => throw new InvalidOperationException("killed") };
        Assert.Throws<InvalidOperationException>(() => dying.RemoveManifest(artifact.Hash, Cutoff));
        Assert.Null(await store.FindAsync(artifact.Hash, Cancel));
        new ArtifactSweep(store).Recover();
        await store.LayOutAsync(artifact.Hash, Path.Combine(_root, "out"), Cancel);
    }

    private LocalArtifactStore NewStore() => new(Path.Combine(_root, Guid.NewGuid().ToString("N")));

    private async Task<ArtifactRef> PutAsync(LocalArtifactStore store, string[] contents)
    {
        string folder = Path.Combine(_root, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        foreach ((int i, string content) in contents.Index())
            await File.WriteAllTextAsync(Path.Combine(folder, $"{i}.txt"), content, Cancel);
        return await store.PutFolderAsync(folder, "table", Cancel);
    }

    private static void Age(LocalArtifactStore store)
    {
        foreach (string file in Directory.EnumerateFiles(store.Folder, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, Old.UtcDateTime);
    }
}
