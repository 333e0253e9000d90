using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the dataset store promises, on both databases.</summary>
public abstract class DatasetConformance(Stores stores)
{
    private static readonly DatasetColumn[] Columns = [new("id", "int64"), new("text", "string")];
    private readonly string _name = "set-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_count_from_one_and_are_read_back_whole()
    {
        DatasetPublication first = Draft("a") with { Facts = new TableFacts(Columns, 7, ["2026-01-01", "2026-01-02"], ["text"]) };
        DatasetVersion made = await PublishAsync(first);
        Assert.Equal((1, 7L, first.Artifact, first.Attempt, "flow", null, null),
            (made.Version, made.Rows, made.Artifact, made.Attempt, made.Pipeline, made.BaseVersion, made.RemovedAt));
        Assert.Equal(Columns, made.Columns);
        Assert.Equal(["2026-01-01", "2026-01-02"], made.Days);
        Assert.Equal(2, (await PublishAsync(Draft("b"))).Version);
        Assert.Equal([2, 1], (await stores.Datasets.ListVersionsAsync(_name, Cancel)).Select(v => v.Version));
        Assert.Equal(2, (await stores.Datasets.FindAsync(_name, Cancel))!.LatestVersion);
        Assert.Contains(_name, (await stores.Datasets.ListAsync(Cancel)).Select(d => d.Name));
    }

    [Fact]
    public async Task The_content_that_is_the_latest_stays_that_version_and_older_content_is_a_new_one()
    {
        await PublishAsync(Draft("a"));
        PublishResult.Published again = Assert.IsType<PublishResult.Published>(await stores.Datasets.PublishAsync(Draft("a"), Cancel));
        Assert.Equal((1, false), (again.Version.Version, again.IsNew));
        await PublishAsync(Draft("b"));
        Assert.Equal(3, (await PublishAsync(Draft("a"))).Version);
    }

    [Fact]
    public async Task An_attempt_that_asks_again_gets_what_it_made_although_others_published_meanwhile()
    {
        DatasetPublication draft = Draft("a");
        await PublishAsync(draft);
        await PublishAsync(Draft("b"));
        PublishResult.Published again = Assert.IsType<PublishResult.Published>(await stores.Datasets.PublishAsync(draft, Cancel));
        Assert.Equal((1, false), (again.Version.Version, again.IsNew));
    }

    [Fact]
    public async Task Forty_who_publish_at_once_get_forty_versions_without_a_gap()
    {
        PublishResult[] all = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => stores.Datasets.PublishAsync(Draft($"h{i}"), Cancel))));
        Assert.Equal(Enumerable.Range(1, 40), all.Select(r => ((PublishResult.Published)r).Version.Version).Order());
    }

    [Fact]
    public async Task Of_two_who_add_to_the_same_version_one_is_told_that_it_moved()
    {
        PublishResult[] firsts = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(() => stores.Datasets.PublishAsync(Draft($"f{i}") with { BaseVersion = 0 }, Cancel))));
        Assert.Single(firsts.OfType<PublishResult.Published>());
        Assert.Equal(new PublishResult.Moved(1), Assert.Single(firsts.OfType<PublishResult.Moved>()));
        Assert.Null((await stores.Datasets.FindVersionAsync(_name, 1, null, Cancel))!.BaseVersion);
        Assert.Equal(1, (await PublishAsync(Draft("next") with { BaseVersion = 1 })).BaseVersion);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_leaves_nothing_behind()
    {
        DatasetSettings declared = new(Columns: [new("id", "int64"), new("price", "double")]);
        Assert.IsType<PublishResult.Refused>(await stores.Datasets.PublishAsync(Draft("a") with { Settings = declared }, Cancel));
        Assert.Null(await stores.Datasets.FindAsync(_name, Cancel));
        await PublishAsync(Draft("a"));
        DatasetPublication retyped = Draft("b") with { Facts = new TableFacts([new("id", "string"), Columns[1]], 1, [], []) };
        Assert.Equal(["'id' was int64 and is string"], Assert.IsType<PublishResult.Refused>(await stores.Datasets.PublishAsync(retyped, Cancel)).Problems);
        Assert.Equal(1, (await stores.Datasets.FindAsync(_name, Cancel))!.LatestVersion);
        Assert.Equal(2, (await PublishAsync(retyped with { AllowBreaking = true })).Version);
    }

    [Fact]
    public async Task What_was_declared_once_holds_until_it_is_declared_otherwise()
    {
        await PublishAsync(Draft("a") with { Settings = new(Compatibility.Exact, Keys: ["id"], KeepDays: 3, Description: "first") });
        await PublishAsync(Draft("b") with { Settings = new(Description: "second") });
        Assert.True(await stores.Datasets.ConfigureAsync(_name, new DatasetSettings(KeepVersions: 4), Cancel));
        DatasetSettings now = (await stores.Datasets.FindAsync(_name, Cancel))!.Settings;
        Assert.Equal((Compatibility.Exact, 4, 3, "second"), (now.Compatibility, now.KeepVersions, now.KeepDays, now.Description));
        Assert.Equal(["id"], now.Keys);
        Assert.False(await stores.Datasets.ConfigureAsync("none", new DatasetSettings(), Cancel));
    }

    [Fact]
    public async Task A_version_is_found_by_number_by_instant_or_as_the_latest()
    {
        await PublishAsync(Draft("a"));
        DateTimeOffset between = stores.Time.GetUtcNow();
        stores.Time.Advance(TimeSpan.FromDays(1));
        await PublishAsync(Draft("b"));
        Assert.Equal(2, (await stores.Datasets.FindVersionAsync(_name, null, null, Cancel))!.Version);
        Assert.Equal(1, (await stores.Datasets.FindVersionAsync(_name, 1, null, Cancel))!.Version);
        Assert.Equal(1, (await stores.Datasets.FindVersionAsync(_name, null, between, Cancel))!.Version);
        Assert.Null(await stores.Datasets.FindVersionAsync(_name, null, between.AddTicks(-10), Cancel));
        Assert.Null(await stores.Datasets.FindVersionAsync(_name, 3, null, Cancel));
    }

    [Fact]
    public async Task A_read_is_recorded_once()
    {
        DatasetVersion version = await PublishAsync(Draft("a"));
        RunId run = Rows.NewRun();
        await stores.Datasets.RecordReadAsync(run, 3, version, Cancel);
        await stores.Datasets.RecordReadAsync(run, 3, version, Cancel);
    }

    private async Task<DatasetVersion> PublishAsync(DatasetPublication draft)
    {
        PublishResult.Published published = Assert.IsType<PublishResult.Published>(await stores.Datasets.PublishAsync(draft, Cancel));
        Assert.True(published.IsNew);
        return published.Version;
    }

    private DatasetPublication Draft(string hash) => new(
        _name, new ArtifactRef("sha256:" + hash, "table", 10), new TableFacts(Columns, 1, [], []), new DatasetSettings(), null, false,
        new AttemptId(Rows.NewRun(), 1, 1), "flow");
}

public sealed class SqliteDatasetTests(SqliteStores stores) : DatasetConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresDatasetTests(PostgresStores stores) : DatasetConformance(stores), IClassFixture<PostgresStores>;
