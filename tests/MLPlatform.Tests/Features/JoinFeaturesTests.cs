using MLPlatform.Activities.Features;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Features;

public sealed class JoinFeaturesTests : IDisposable
{
    private const long Second = FeatureHistories.Second;
    private static readonly FeatureGroup Levels = FeatureHistories.Group(replaces: false, expires: false) with { Id = "levels", Features = [new GroupFeature { Name = "level", Type = FeatureType.Int64 }] };
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Late_rows_corrections_and_ties_give_what_was_known_at_each_time()
    {
        ArtifactRef source = await _context.PutAsync(
        [
            Row("u", happened: 10, arrived: 10, level: 1),
            Row("u", happened: 20, arrived: 50, level: 2), // Late: unknown until 50.
            Row("u", happened: 30, arrived: 30, level: 3), // Newer than the late one when that arrives.
            Row("v", happened: 10, arrived: 10, level: 4),
            Row("v", happened: 10, arrived: 10, level: 5), // A tie in both times: the later row counts.
            Row("v", happened: 10, arrived: 20, level: 6), // A correction of the same event time.
            Row("w", happened: 90, arrived: 40, level: 7), // Known before it happens: counts from when it happened.
        ]);
        AggregateFeatures.Outputs made = await _context.AggregateAsync(Levels, source);
        Assert.Equal((7, 0, 3, 5), (made.Rows, made.Skipped, made.Entities, made.Versions));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(50), made.Through);
        Assert.Equal("user VARCHAR, event_time TIMESTAMP, arrival_time TIMESTAMP, level BIGINT", await _context.SchemaAsync(made.Table));
        ArtifactRef labels = await _context.PutLabelsAsync(
            [("u", 9 * Second, 0), ("u", 10 * Second, 0), ("u", 29 * Second, 0), ("u", 60 * Second, 0), ("v", 15 * Second, 0), ("v", 20 * Second, 0), ("w", 50 * Second, 0), ("w", 90 * Second, 0), ("x", 90 * Second, 0), (null, 90 * Second, 0), ("u", null, 0)]);
        JoinFeatures.Outputs joined = await _context.JoinAsync(labels, made.Table);
        Assert.Equal([null, "1", "1", "3", "5", "6", null, "7", null, null, null], (await _context.ReadAsync(joined.Table, "level")).Select(r => r[0]));
        Assert.Equal(4, joined.Stale);
    }

    [Fact]
    public async Task A_feature_that_exists_only_after_the_label_is_warned_about_and_may_fail_the_step()
    {
        // The level is written one second after the label, and it is the label.
        ArtifactRef source = await _context.PutAsync(Enumerable.Range(0, 40).Select(i => Row($"u{i}", 100 + i, 101 + i, i % 2)));
        ArtifactRef labels = await _context.PutLabelsAsync(Enumerable.Range(0, 40).Select(i => ((string?)$"u{i}", (long?)(100 + i) * Second, (long)(i % 2))));
        ArtifactRef features = (await _context.AggregateAsync(Levels, source)).Table;
        JoinFeatures.Outputs joined = await _context.JoinAsync(labels, features);
        Assert.Equal(["FEAT-030", "FEAT-032"], joined.Warnings.Select(w => w[..8]));
        Assert.Equal("40 40 40  1 ", string.Join(' ', (await _context.ReadAsync(joined.Report, "rows, missing, \"onlyAfter\", correlation, \"correlationAfter\", \"missingCorrelation\""))[0]));
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new JoinFeatures(), new JoinFeatures.Inputs
        {
            Labels = labels,
            Time = "at",
            Label = "y",
            Groups = [new JoinedGroup { Features = features }],
            FailOnWarning = true,
        }));
        Assert.Equal("FEAT-024", problem.Code);
    }

    [Fact]
    public async Task A_feature_that_is_the_label_is_warned_about()
    {
        ArtifactRef source = await _context.PutAsync(Enumerable.Range(0, 40).Select(i => Row($"u{i}", 10, 10, i % 2)));
        ArtifactRef labels = await _context.PutLabelsAsync(Enumerable.Range(0, 40).Select(i => ((string?)$"u{i}", (long?)100 * Second, (long)(i % 2))));
        JoinFeatures.Outputs joined = await _context.JoinAsync(labels, (await _context.AggregateAsync(Levels, source)).Table);
        Assert.Equal(["FEAT-031"], joined.Warnings.Select(w => w[..8]));
    }

    [Theory]
    [InlineData("FEAT-012", "(SELECT count(*) FROM rows) > 1")]
    [InlineData("FEAT-012", "row_number() OVER () > 1")]
    [InlineData("FEAT-012", "true) AS c, (true")]
    [InlineData("FEAT-012", "true) AS c FROM rows; SELECT (true")]
    [InlineData("FEAT-012", "true)::BOOLEAN AS c FROM rows WHERE (true")]
    [InlineData("FEAT-012", "nope = 1")]
    public async Task A_condition_that_looks_further_than_its_row_is_refused(string code, string where)
    {
        FeatureGroup group = Levels with { Features = [new GroupFeature { Name = "n", Aggregate = new FeatureAggregate { Op = AggregateOp.Count, Window = TimeSpan.FromHours(1), Where = where } }] };
        ArtifactRef source = await _context.PutAsync([Row("u", 1, 1, 1)]);
        Assert.Equal(code, (await Assert.ThrowsAsync<ActivityException>(() => _context.AggregateAsync(group, source))).Code);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_with_its_name()
    {
        ArtifactRef source = await _context.PutAsync([Row("u", 1, 1, 1)]), labels = await _context.PutLabelsAsync([("u", 1, 0)]);
        ArtifactRef features = (await _context.AggregateAsync(Levels, source)).Table;
        await RefusedAsync("FEAT-013", () => _context.AggregateAsync(Levels with { Features = [new GroupFeature { Name = "level", Type = FeatureType.String }] }, source));
        await RefusedAsync("DATA-031", () => _context.AggregateAsync(Levels with { EventTime = "nope" }, source));
        await RefusedAsync("FEAT-014", () => _context.AggregateAsync(Levels, source, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        await RefusedAsync("FEAT-011", () => _context.AggregateAsync(Levels with { Version = 0 }, source));
        await RefusedAsync("FEAT-010", () => _context.RunAsync(new AggregateFeatures(), new AggregateFeatures.Inputs { Table = source, Group = "/nowhere/g.json" }));
        await RefusedAsync("FEAT-020", () => _context.JoinAsync(labels, source));
        await RefusedAsync("FEAT-021", () => Join(labels, "at", new JoinedGroup { Features = features, Keys = new Dictionary<string, string> { ["user"] = "y" } }));
        await RefusedAsync("FEAT-021", () => Join(labels, "y", new JoinedGroup { Features = features }));
        await RefusedAsync("FEAT-022", () => Join(labels, "at", new JoinedGroup { Features = features }, new JoinedGroup { Features = features }));
        await RefusedAsync("FEAT-023", () => Join(labels, "at", new JoinedGroup { Features = features, Select = ["levle"] }));
    }

    private Task<JoinFeatures.Outputs> Join(ArtifactRef labels, string time, params JoinedGroup[] groups) =>
        _context.RunAsync(new JoinFeatures(), new JoinFeatures.Inputs { Labels = labels, Time = time, Groups = groups });

    private static async Task RefusedAsync(string code, Func<Task> act) => Assert.Equal(code, (await Assert.ThrowsAsync<ActivityException>(act)).Code);

    private static HistoryRow Row(string user, long happened, long arrived, long level) => new(user, happened * Second, arrived * Second, "e", null, null, level);
}
