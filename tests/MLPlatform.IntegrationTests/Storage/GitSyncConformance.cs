using MLPlatform.Core.Pipelines.Git;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of pipelines that are followed in git.</summary>
public abstract class GitSyncConformance(Stores stores)
{
    private readonly string _source = "source-" + Guid.NewGuid(), _pipeline = "git-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IGitSyncStore Git => stores.Git;

    [Fact]
    public async Task A_step_is_taken_once_from_where_the_source_stands()
    {
        await Git.LookedAsync(_source, "GIT-001 nobody answers", Cancel);
        Assert.Equal((null, "GIT-001 nobody answers"), (await Git.FindStateAsync(_source, Cancel)) is { } before ? (before.Head, before.Problem) : default);
        bool[] taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Git.CommitAsync(new GitStep(_source, null, "c1", [Register("a.json", "c1", $"h{i}")]), Cancel))));
        Assert.Single(taken, t => t);
        Assert.False(await Git.CommitAsync(new GitStep(_source, "c0", "c2", [Register("a.json", "c2", "other")]), Cancel));
        Assert.True(await Git.CommitAsync(new GitStep(_source, "c1", "c2", [Register("a.json", "c2", "other")]), Cancel));
        Assert.Equal(("c2", null), (await Git.FindStateAsync(_source, Cancel)) is { } now ? (now.Head, now.Problem) : default);
        Assert.Equal(["c1", "c2"], (await Git.ListCommitsAsync(_pipeline, Cancel)).OrderBy(c => c.Key).Select(c => c.Value.Id));
    }

    [Fact]
    public async Task A_broken_file_keeps_what_it_registered_and_a_deleted_one_takes_its_pipeline_out()
    {
        await Git.CommitAsync(new GitStep(_source, null, "c1", [Register("a.json", "c1", "h1", "{}")]), Cancel);
        await Git.CommitAsync(new GitStep(_source, "c1", "c2", [new GitAction.Keep("a.json", Commit("c2"), "[]")]), Cancel);
        GitFile broken = Assert.Single(await Git.ListFilesAsync(_source, Cancel));
        Assert.Equal((_pipeline, 1, "[]", "c2"), (broken.Pipeline, broken.Revision, broken.ProblemsJson, broken.Commit.Id));
        Assert.Equal("{}", await Git.FindLayoutAsync(_pipeline, Cancel));
        await Git.SetLayoutAsync(_pipeline, """{"nodes":{}}""", "ann", Cancel);
        Assert.Equal("""{"nodes":{}}""", await Git.FindLayoutAsync(_pipeline, Cancel));
        // Renamed: the deletion comes first in the list and last in effect.
        await Git.CommitAsync(new GitStep(_source, "c2", "c3", [new GitAction.Remove("a.json", Commit("c3")), Register("b.json", "c3", "h1")]), Cancel);
        Assert.NotNull(await stores.Pipelines.FindAsync(_pipeline, Cancel));
        await Git.CommitAsync(new GitStep(_source, "c3", "c4", [new GitAction.Remove("b.json", Commit("c4"))]), Cancel);
        Assert.Null(await stores.Pipelines.FindAsync(_pipeline, Cancel));
        Assert.All(await Git.ListFilesAsync(_source, Cancel), f => Assert.True(f.Removed));
    }

    [Fact]
    public async Task A_file_whose_id_changes_gives_its_old_pipeline_up()
    {
        await Git.CommitAsync(new GitStep(_source, null, "c1", [Register("a.json", "c1", "h1")]), Cancel);
        string other = _pipeline + "-renamed";
        await Git.CommitAsync(new GitStep(_source, "c1", "c2", [new GitAction.Register("a.json", Commit("c2"), other, "h2", "{}", null)]), Cancel);
        Assert.Null(await stores.Pipelines.FindAsync(_pipeline, Cancel));
        Assert.Equal("Ann", (await stores.Pipelines.FindAsync(other, Cancel))!.AppliedBy);
    }

    private GitAction.Register Register(string path, string commit, string hash, string? layout = null) => new(path, Commit(commit), _pipeline, hash, $$"""{"id":"{{hash}}"}""", layout);

    private static GitCommit Commit(string id) => new(id, "Ann", "ann@example.com", "Because", Rows.At);
}

public sealed class SqliteGitSyncTests(SqliteStores stores) : GitSyncConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresGitSyncTests(PostgresStores stores) : GitSyncConformance(stores), IClassFixture<PostgresStores>;
