using CsCheck;
using MLPlatform.Activities.Features;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Tests.Features;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Features;

/// <summary>The way from a history to a joined table, against the plainest reading of what was known.</summary>
public sealed class FeatureJoinProperties
{
    private static readonly Gen<(string? User, long? At, long Label)[]> Labels =
        Gen.Select(Gen.Int[0, 4], Gen.Long[-1, 130], Gen.Long[0, 1], (user, at, label) => (user == 4 ? null : $"u{user}", at < 0 ? null : (long?)at * FeatureHistories.Second, label)).Array[1, 30];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_row_gets_what_was_known_at_its_time_and_nothing_later(bool replaces, bool expires)
    {
        FeatureGroup group = FeatureHistories.Group(replaces, expires);
        Gen.Select(FeatureHistories.Any, Labels).Sample((history, labels) =>
        {
            using TestActivityContext context = new();
            List<string?[]> joined = Joined(context, group, history, labels);
            Assert.Equal(labels.Select(l => Expected(history, group, l)), joined);
        }, iter: 20, threads: 1);
    }

    [Fact]
    public void Planted_values_that_arrive_after_the_labels_are_never_seen()
    {
        FeatureGroup group = FeatureHistories.Group(replaces: false, expires: false);
        FeatureHistories.Any.Sample(history =>
        {
            using TestActivityContext context = new();
            // Every row once more, happened a moment earlier or later, arrived after all labels, with a value of its own.
            long end = 200 * FeatureHistories.Second;
            IEnumerable<HistoryRow> planted = history.Select((row, i) => row with { Arrival = end + i, EventTime = row.EventTime + (i % 3) - 1, Level = 999, Kind = "leak", Amount = 999 });
            List<HistoryRow> all = [.. history.Concat(planted).OrderBy(r => r.EventTime)];
            (string? User, long? At, long Label)[] labels = [.. Enumerable.Range(0, 60).Select(i => ((string?)$"u{i % 3}", (long?)i * 3 * FeatureHistories.Second, 0L))];
            List<string?[]> joined = Joined(context, group, all, labels);
            Assert.DoesNotContain(joined, row => row.Any(v => v is not null && (v.Contains("999", StringComparison.Ordinal) || v.Contains("leak", StringComparison.Ordinal))));
            Assert.Equal(labels.Select(l => Expected(history, group, l)), joined);
        }, iter: 15, threads: 1);
    }

    [Fact]
    public void A_range_gives_the_same_features_to_labels_of_the_range() =>
        Gen.Select(FeatureHistories.Any, Gen.Long[0, 60], Gen.Long[1, 60]).Sample((history, from, length) =>
        {
            using TestActivityContext context = new();
            FeatureGroup group = FeatureHistories.Group(replaces: true, expires: true);
            ArtifactRef source = context.PutAsync(history).GetAwaiter().GetResult();
            (string? User, long? At, long Label)[] labels = [.. Enumerable.Range(0, (int)length).Select(i => ((string?)$"u{i % 3}", (long?)((from + i) * FeatureHistories.Second), 0L))];
            AggregateFeatures.Outputs part = context.AggregateAsync(group, source, Instant(from), Instant(from + length)).GetAwaiter().GetResult();
            Assert.Equal(labels.Select(l => Expected(history, group, l)), Read(context, part.Table, labels));
            Assert.Equal(0, context.CountAsync(part.Table, $"epoch_us(arrival_time) >= {(from + length) * FeatureHistories.Second}").GetAwaiter().GetResult());
        }, iter: 20, threads: 1);

    private static DateTimeOffset Instant(long second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    private static List<string?[]> Joined(TestActivityContext context, FeatureGroup group, List<HistoryRow> history, (string? User, long? At, long Label)[] labels)
    {
        ArtifactRef source = context.PutAsync(history).GetAwaiter().GetResult();
        return Read(context, context.AggregateAsync(group, source).GetAwaiter().GetResult().Table, labels);
    }

    private static List<string?[]> Read(TestActivityContext context, ArtifactRef features, (string? User, long? At, long Label)[] labels)
    {
        JoinFeatures.Outputs joined = context.JoinAsync(context.PutLabelsAsync(labels).GetAwaiter().GetResult(), features).GetAwaiter().GetResult();
        return context.ReadAsync(joined.Table, "* EXCLUDE (\"user\", \"at\", y)").GetAwaiter().GetResult();
    }

    private static string?[] Expected(IReadOnlyList<HistoryRow> history, FeatureGroup group, (string? User, long? At, long Label) label)
    {
        FeatureValue[]? known = label is { User: { } user, At: { } at } ? FeatureOracle.At(history, group, user, at) : null;
        return [.. (known ?? new FeatureValue[group.Features.Count]).Select(v => v.Text())];
    }
}
