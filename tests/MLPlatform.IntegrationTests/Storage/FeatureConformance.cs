using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of feature groups and their tables.</summary>
public abstract class FeatureConformance(Stores stores)
{
    private readonly string _group = "group-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_of_a_group_never_changes_its_content()
    {
        ApplyGroupResult first = await ApplyAsync(1, "h1");
        Assert.Equal(ApplyGroupOutcome.Registered, first.Outcome);
        Assert.Equal(new RegisteredGroup(_group, 1, "h1", """{"hash":"h1"}""", "ann", stores.Time.GetUtcNow()), first.Group);
        stores.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new ApplyGroupResult(ApplyGroupOutcome.Unchanged, first.Group), await ApplyAsync(1, "h1"));
        Assert.Equal(new ApplyGroupResult(ApplyGroupOutcome.Conflict, first.Group), await ApplyAsync(1, "h2"));
        RegisteredGroup second = (await ApplyAsync(2, "h2")).Group;
        Assert.Equal(second, await stores.Features.FindAsync(_group, null, Cancel));
        Assert.Equal(first.Group, await stores.Features.FindAsync(_group, 1, Cancel));
        Assert.Null(await stores.Features.FindAsync(_group, 3, Cancel));
        Assert.Equal([second, first.Group], await stores.Features.ListVersionsAsync(_group, Cancel));
        Assert.Equal([second], (await stores.Features.ListAsync(Cancel)).Where(g => g.Group == _group));
    }

    [Fact]
    public async Task Only_one_content_wins_when_many_apply_at_once()
    {
        ApplyGroupResult[] all = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => ApplyAsync(1, $"h{i}"))));
        Assert.Single(all, r => r.Outcome == ApplyGroupOutcome.Registered);
        Assert.Single(all.Select(r => r.Group).Distinct());
    }

    [Fact]
    public async Task Tables_are_counted_without_gaps_and_an_attempt_gets_its_number_again()
    {
        await ApplyAsync(1, "h1");
        await ApplyAsync(2, "h2");
        AttemptId[] attempts = [.. Enumerable.Range(0, 8).Select(_ => new AttemptId(new RunId(Guid.CreateVersion7()), 0, 1))];
        FeatureTableRow[] rows = await Task.WhenAll(attempts.Concat(attempts).Select(a => Task.Run(() => RecordAsync(1, a))));
        Assert.Equal(Enumerable.Range(1, 8), rows.Select(r => r.Number).Distinct().Order());
        Assert.Equal(rows.Take(8), rows.Skip(8));
        Assert.Equal(rows.Take(8).OrderByDescending(r => r.Number), await stores.Features.ListTablesAsync(_group, 1, Cancel));
        Assert.Equal(1, (await RecordAsync(2, attempts[0])).Number);
    }

    private Task<ApplyGroupResult> ApplyAsync(int version, string hash) =>
        stores.Features.ApplyAsync(_group, version, hash, $$"""{"hash":"{{hash}}"}""", "ann", Cancel);

    private Task<FeatureTableRow> RecordAsync(int version, AttemptId attempt) => stores.Features.RecordAsync(
        new FeatureTableDraft(_group, version, new ArtifactRef("sha256:" + attempt.Run.Value.ToString("N"), "table", 7), attempt, null, "[]"), Cancel);
}

public sealed class SqliteFeatureTests(SqliteStores stores) : FeatureConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresFeatureTests(PostgresStores stores) : FeatureConformance(stores), IClassFixture<PostgresStores>;
