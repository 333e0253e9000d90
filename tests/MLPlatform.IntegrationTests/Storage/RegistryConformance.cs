using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of the model registry.</summary>
public abstract class RegistryConformance(Stores stores)
{
    private readonly string _model = "model-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_count_from_one_and_are_read_back()
    {
        ModelRegistration registration = Registration();
        ModelVersion first = await stores.Registry.RegisterAsync(registration, Cancel);
        ModelVersion second = await stores.Registry.RegisterAsync(Registration() with { Description = null }, Cancel);
        Assert.Equal((1, 2), (first.Version, second.Version));
        Assert.Equal(
            (registration.Artifact, registration.Attempt, registration.MetricsJson, registration.Description),
            (first.Artifact, first.Attempt, first.MetricsJson, first.Description));
        Assert.Equal([2, 1], (await stores.Registry.ListVersionsAsync(_model, Cancel)).Select(v => v.Version));
        Assert.Equal(second.Attempt, (await stores.Registry.FindAsync(_model, 2, Cancel))!.Attempt);
        Assert.Null(await stores.Registry.FindAsync(_model, 3, Cancel));
        Assert.Null(await stores.Registry.FindAsync("none", 1, Cancel));
    }

    [Fact]
    public async Task The_same_attempt_registers_once_however_often_it_asks()
    {
        ModelRegistration registration = Registration();
        ModelVersion[] versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => stores.Registry.RegisterAsync(registration, Cancel))));
        Assert.All(versions, v => Assert.Equal(1, v.Version));
        Assert.Single(await stores.Registry.ListVersionsAsync(_model, Cancel));
    }

    [Fact]
    public async Task Versions_have_no_gaps_when_many_register_at_once()
    {
        ModelVersion[] versions = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() =>
            stores.Registry.RegisterAsync(Registration() with { Description = $"{i}" }, Cancel))));
        Assert.Equal(Enumerable.Range(1, 40), versions.Select(v => v.Version).Order());
        Assert.Equal(Enumerable.Range(1, 40).Reverse(), (await stores.Registry.ListVersionsAsync(_model, Cancel)).Select(v => v.Version));
    }

    [Fact]
    public async Task An_alias_moves_and_tells_where_it_was()
    {
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        Assert.Null(await stores.Registry.FindByAliasAsync(_model, "champion", Cancel));
        Assert.Null(await stores.Registry.SetAliasAsync(_model, "champion", 1, "ann", Cancel));
        Assert.Equal(1, await stores.Registry.SetAliasAsync(_model, "champion", 2, "bob", Cancel));
        Assert.Equal(2, await stores.Registry.SetAliasAsync(_model, "champion", 2, "bob", Cancel));
        await stores.Registry.SetAliasAsync(_model, "Änderung", 2, "bob", Cancel);
        Assert.Equal(["champion", "Änderung"], (await stores.Registry.FindByAliasAsync(_model, "champion", Cancel))!.Aliases);
        Assert.Empty((await stores.Registry.FindAsync(_model, 1, Cancel))!.Aliases);
    }

    [Fact]
    public async Task Each_move_of_an_alias_is_kept_with_who_and_when()
    {
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        await stores.Registry.SetAliasAsync(_model, "champion", 1, "ann", Cancel);
        await stores.Registry.SetAliasAsync(_model, "champion", 1, "nobody: it is there already", Cancel);
        stores.Time.Advance(TimeSpan.FromMinutes(1));
        await stores.Registry.SetAliasAsync(_model, "champion", 2, "bob", Cancel);
        DateTimeOffset now = stores.Time.GetUtcNow();
        Assert.Equal([(1, 2, "bob", now), (null, 1, "ann", now.AddMinutes(-1))],
            (await stores.Registry.ListAliasChangesAsync(_model, "champion", Cancel)).Select(c => ((int?, int, string, DateTimeOffset))(c.From, c.To, c.By, c.At)));
    }

    [Fact]
    public async Task An_alias_cannot_point_at_nothing()
    {
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        var refused = await Assert.ThrowsAsync<ActivityException>(() => stores.Registry.SetAliasAsync(_model, "champion", 2, "ann", Cancel));
        Assert.Equal("STORE-008", refused.Code);
        Assert.Null(await stores.Registry.FindByAliasAsync(_model, "champion", Cancel));
    }

    [Fact]
    public async Task The_list_tells_the_latest_version_and_the_champion()
    {
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        Assert.Contains(new ModelSummary(_model, 1, null, stores.Time.GetUtcNow()), await stores.Registry.ListAsync(Cancel));
        await stores.Registry.RegisterAsync(Registration(), Cancel);
        stores.Time.Advance(TimeSpan.FromMinutes(1));
        await stores.Registry.SetAliasAsync(_model, "champion", 1, "ann", Cancel);
        Assert.Contains(new ModelSummary(_model, 2, 1, stores.Time.GetUtcNow()), await stores.Registry.ListAsync(Cancel));
    }

    private ModelRegistration Registration() =>
        new(_model, new ArtifactRef("sha256:ab", "model", 12), new AttemptId(Rows.NewRun(), 3, 1), """{"auc":0.91}""", "first");
}

public sealed class SqliteRegistryTests(SqliteStores stores) : RegistryConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresRegistryTests(PostgresStores stores) : RegistryConformance(stores), IClassFixture<PostgresStores>;
