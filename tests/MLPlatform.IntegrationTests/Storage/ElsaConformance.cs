using MLPlatform.Core.Elsa;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>Versions of workflow definitions, on both databases.</summary>
public abstract class ElsaConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_draft_is_written_over_until_it_is_published_and_then_the_next_version_begins()
    {
        string id = "e" + Guid.NewGuid();
        ElsaVersion first = await stores.Elsa.SaveDraftAsync(new ElsaDraft(id, "A", "{}", "ann"), Cancel);
        Assert.Equal(first with { Name = "B" }, await stores.Elsa.SaveDraftAsync(new ElsaDraft(id, "B", """{"b":1}""", "ann"), Cancel));
        Assert.Equal("""{"b":1}""", (await stores.Elsa.FindAsync(first.Id, Cancel))!.Json);
        await stores.Elsa.PublishAsync(first.Id, 7, Cancel);
        ElsaVersion second = await stores.Elsa.SaveDraftAsync(new ElsaDraft(id, "C", "{}", "bob"), Cancel);
        Assert.Equal((2, false), (second.Version, second.IsPublished));
        Assert.Equal([(1, true, 7), (2, false, null)], (await stores.Elsa.ListAsync(id, Cancel)).Select(v => (v.Version, v.IsPublished, v.Revision)));
        await stores.Elsa.PublishAsync(second.Id, 8, Cancel);
        Assert.Equal([(1, false, 7), (2, true, 8)], (await stores.Elsa.ListAsync(id, Cancel)).Select(v => (v.Version, v.IsPublished, v.Revision)));
        await stores.Elsa.RetractAsync(id, Cancel);
        Assert.DoesNotContain(await stores.Elsa.ListAsync(id, Cancel), v => v.IsPublished);
    }

    [Fact]
    public async Task What_was_registered_elsewhere_becomes_the_published_version_once()
    {
        string id = "e" + Guid.NewGuid();
        await stores.Elsa.SaveDraftAsync(new ElsaDraft(id, "draft", "{}", "ann"), Cancel);
        ElsaDraft registered = new(id, "applied", """{"x":1}""", "bob");
        await stores.Elsa.KeepPublishedAsync(id + "@3", registered, 3, Cancel);
        await stores.Elsa.KeepPublishedAsync(id + "@3", registered, 3, Cancel);
        Assert.Equal([(1, false, null), (2, true, 3)], (await stores.Elsa.ListAsync(id, Cancel)).Select(v => (v.Version, v.IsPublished, v.Revision)));
        Assert.Contains(await stores.Elsa.ListAsync(Cancel), v => v.Id == id + "@3");
        Assert.True(await stores.Elsa.RemoveVersionAsync(id + "@3", Cancel));
        Assert.False(await stores.Elsa.RemoveVersionAsync(id + "@3", Cancel));
        Assert.True(await stores.Elsa.RemoveAsync(id, Cancel));
        Assert.False(await stores.Elsa.RemoveAsync(id, Cancel));
        Assert.Null(await stores.Elsa.FindAsync(id + "@3", Cancel));
    }
}

public sealed class SqliteElsaTests(SqliteStores stores) : ElsaConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresElsaTests(PostgresStores stores) : ElsaConformance(stores), IClassFixture<PostgresStores>;
