using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the store of code folders promises, on both databases.</summary>
public abstract class CodeConformance(Stores stores)
{
    private readonly string _name = "code-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_count_from_one_and_are_read_back_whole()
    {
        CodeVersion first = (await stores.Code.AddAsync(Draft("a") with { Note = "why" }, 0, Cancel))!;
        Assert.Equal((_name, 1, "ann", "why", stores.Time.GetUtcNow()), (first.Name, first.Version, first.By, first.Note, first.CreatedAt));
        Assert.Equal(2, (await stores.Code.AddAsync(Draft("b"), null, Cancel))!.Version);
        Assert.Equal([2, 1], (await stores.Code.ListVersionsAsync(_name, Cancel)).Select(v => v.Version));
        Assert.Equal(first, await stores.Code.FindAsync(_name, 1, Cancel));
        Assert.Equal(2, (await stores.Code.FindAsync(_name, null, Cancel))!.Version);
        Assert.Equal(2, Assert.Single(await stores.Code.ListAsync(Cancel), v => v.Name == _name).Version);
        Assert.Null(await stores.Code.FindAsync(_name, 3, Cancel));
        Assert.Empty(await stores.Code.ListVersionsAsync("no-" + _name, Cancel));
    }

    [Fact]
    public async Task The_content_that_is_the_latest_stays_that_version_and_older_content_is_a_new_one()
    {
        await stores.Code.AddAsync(Draft("a"), null, Cancel);
        Assert.Equal(1, (await stores.Code.AddAsync(Draft("a"), null, Cancel))!.Version);
        await stores.Code.AddAsync(Draft("b"), null, Cancel);
        Assert.Equal(3, (await stores.Code.AddAsync(Draft("a"), null, Cancel))!.Version);
    }

    [Fact]
    public async Task Of_two_who_change_the_same_version_one_is_told_that_it_moved_and_a_first_one_leaves_nothing()
    {
        CodeVersion?[] both = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(() => stores.Code.AddAsync(Draft($"x{i}"), 0, Cancel))));
        Assert.Single(both, v => v is null);
        Assert.Equal(1, (await stores.Code.FindAsync(_name, null, Cancel))!.Version);
        Assert.Null(await stores.Code.AddAsync(Draft("c") with { Name = "other-" + _name }, 4, Cancel));
        Assert.DoesNotContain(await stores.Code.ListAsync(Cancel), v => v.Name == "other-" + _name);
        Assert.Equal(1, (await stores.Code.AddAsync(Draft("c") with { Name = "other-" + _name }, 0, Cancel))!.Version);
    }

    [Fact]
    public async Task Twenty_who_add_at_once_get_twenty_versions_without_a_gap()
    {
        CodeVersion?[] all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => stores.Code.AddAsync(Draft($"h{i}"), null, Cancel))));
        Assert.Equal(Enumerable.Range(1, 20), all.Select(v => v!.Version).Order());
    }

    [Fact]
    public async Task What_a_run_was_given_first_it_is_given_always_and_it_is_kept_for_it()
    {
        RunId run = Rows.NewRun();
        Assert.Null(await stores.Code.FindPinAsync(run, "train", Cancel));
        CodeTree first = new(File("a"), Commit: new string('a', 40)), second = new(File("b"), Version: 2);
        CodeTree[] told = await Task.WhenAll(stores.Code.PinAsync(run, "train", first, Cancel), stores.Code.PinAsync(run, "train", second, Cancel));
        Assert.Equal(told[0], told[1]);
        Assert.Equal(told[0], await stores.Code.FindPinAsync(run, "train", Cancel));
        Assert.Equal(second, await stores.Code.PinAsync(run, "other", second, Cancel));
    }

    [Fact]
    public async Task Versions_and_what_young_runs_were_given_keep_their_files()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun(), old = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(run, lease.Replica, RunStatus.Succeeded) with { EndedAt = Rows.At });
        batch.Runs.Add(Rows.Run(old, lease.Replica, RunStatus.Succeeded) with { EndedAt = Rows.At.AddDays(-40) });
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        await stores.Code.AddAsync(Draft("v"), null, Cancel);
        await stores.Code.PinAsync(run, "train", new CodeTree(File("young")), Cancel);
        await stores.Code.PinAsync(old, "train", new CodeTree(File("old")), Cancel);
        IReadOnlySet<string> kept = (await stores.Retention.ReadAsync(Rows.At.AddDays(-30), Cancel)).Mentioned.ToHashSet();
        Assert.Contains(File("v").Hash, kept);
        Assert.Contains(File("young").Hash, kept);
        Assert.DoesNotContain(File("old").Hash, kept);
    }

    private CodeDraft Draft(string content) => new(_name, File(content), "ann", null);

    // A hash of this test's own.
    private ArtifactRef File(string content) =>
        new("sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(_name + content))), CodeTree.Kind, 5);
}

public sealed class SqliteCodeTests(SqliteStores stores) : CodeConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresCodeTests(PostgresStores stores) : CodeConformance(stores), IClassFixture<PostgresStores>;
