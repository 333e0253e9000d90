using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of registered pipelines.</summary>
public abstract class PipelineConformance(Stores stores)
{
    private readonly string _pipeline = "pipeline-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_new_file_is_a_revision_and_the_same_file_is_none()
    {
        PipelineRevision first = await ApplyAsync("h1");
        stores.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(first, await ApplyAsync("h1"));
        PipelineRevision second = await ApplyAsync("h2");
        Assert.Equal(new PipelineRevision(_pipeline, 2, "h2", """{"id":"h2"}""", "/files", "ann", stores.Time.GetUtcNow(), false), second);
        Assert.Equal(second, await stores.Pipelines.FindAsync(_pipeline, Cancel));
        Assert.Equal([second, first], await stores.Pipelines.ListRevisionsAsync(_pipeline, Cancel));
        Assert.Contains(second, await stores.Pipelines.ListAsync(Cancel));
        Assert.DoesNotContain(first, await stores.Pipelines.ListAsync(Cancel));
        Assert.Equal(3, (await ApplyAsync("h1")).Revision); // Going back is a change too.
    }

    [Fact]
    public async Task The_same_file_in_another_folder_is_another_revision()
    {
        await ApplyAsync("h1");
        PipelineRevision moved = await stores.Pipelines.ApplyAsync(_pipeline, "h1", "{}", null, "ann", Cancel);
        Assert.Equal((2, null), (moved.Revision, moved.Folder));
    }

    [Fact]
    public async Task Revisions_have_no_gaps_when_many_apply_at_once()
    {
        PipelineRevision[] revisions = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => ApplyAsync($"h{i}"))));
        Assert.Equal(Enumerable.Range(1, 20), revisions.Select(r => r.Revision).Order());
    }

    [Fact]
    public async Task A_paused_pipeline_stays_paused_through_new_revisions()
    {
        await ApplyAsync("h1");
        Assert.True(await stores.Pipelines.SetPausedAsync(_pipeline, true, "bob", Cancel));
        Assert.True((await ApplyAsync("h2")).Paused);
        Assert.True(await stores.Pipelines.SetPausedAsync(_pipeline, false, "bob", Cancel));
        Assert.False((await stores.Pipelines.FindAsync(_pipeline, Cancel))!.Paused);
        Assert.False(await stores.Pipelines.SetPausedAsync("none", true, "bob", Cancel));
    }

    [Fact]
    public async Task A_removed_pipeline_is_out_of_use_until_it_is_applied_again()
    {
        await ApplyAsync("h1");
        Assert.True(await stores.Pipelines.RemoveAsync(_pipeline, "bob", Cancel));
        Assert.False(await stores.Pipelines.RemoveAsync(_pipeline, "bob", Cancel));
        Assert.Null(await stores.Pipelines.FindAsync(_pipeline, Cancel));
        Assert.DoesNotContain(await stores.Pipelines.ListAsync(Cancel), r => r.Pipeline == _pipeline);
        Assert.False(await stores.Pipelines.SetPausedAsync(_pipeline, true, "bob", Cancel));
        Assert.Single(await stores.Pipelines.ListRevisionsAsync(_pipeline, Cancel));
        Assert.Equal(1, (await ApplyAsync("h1")).Revision);
        Assert.NotNull(await stores.Pipelines.FindAsync(_pipeline, Cancel));
    }

    private Task<PipelineRevision> ApplyAsync(string hash) =>
        stores.Pipelines.ApplyAsync(_pipeline, hash, $$"""{"id":"{{hash}}"}""", "/files", "ann", Cancel);
}

public sealed class SqlitePipelineTests(SqliteStores stores) : PipelineConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresPipelineTests(PostgresStores stores) : PipelineConformance(stores), IClassFixture<PostgresStores>;
