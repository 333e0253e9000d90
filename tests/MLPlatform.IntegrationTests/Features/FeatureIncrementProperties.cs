using CsCheck;
using MLPlatform.Activities.Features;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Tests.Features;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Features;

/// <summary>Increment upon increment gives the very artifact, byte for byte, that making everything anew gives.</summary>
public sealed class FeatureIncrementProperties
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Increments_are_byte_equal_to_a_rebuild(bool replaces, bool expires)
    {
        FeatureGroup group = FeatureHistories.Group(replaces, expires);
        Gen.Select(FeatureHistories.Any, Gen.Long[-5, 90].Array[1, 3], Gen.Bool).Sample((history, cuts, all) =>
        {
            using TestActivityContext context = new();
            string file = context.PutGroup(group);
            long[] instants = [.. cuts.Order().Select(c => c * FeatureHistories.Second).Append(long.MaxValue)];
            ArtifactRef? previous = null;
            long done = long.MinValue;
            foreach (long instant in instants)
            {
                // Either all rows that arrived by the instant, or those since the last one.
                List<HistoryRow> rows = [.. history.Where(r => r.Arrival <= instant && (all || r.Arrival > done))];
                previous = Aggregate(context, file, rows, previous).Table;
                done = instant;
            }
            Assert.Equal(Aggregate(context, file, history, null).Table, previous);
        }, iter: 25, threads: 1);
    }

    [Fact]
    public async Task Rows_that_arrived_before_what_is_made_already_are_refused_rather_than_lost()
    {
        using TestActivityContext context = new();
        string file = context.PutGroup(FeatureHistories.Group(false, false));
        HistoryRow row = new("u", 10, 10, "e", 1, "buy", 1);
        ArtifactRef made = Aggregate(context, file, [row, row with { Arrival = 20 }], null).Table;
        Assert.Equal("FEAT-016", Refused(() => Aggregate(context, file, [row with { Arrival = 15 }, row with { Arrival = 30 }], made)));
        Assert.Equal("FEAT-015", Refused(() => Aggregate(context, context.PutGroup(FeatureHistories.Group(true, false)), [row], made)));
        ArtifactRef source = await context.PutAsync([row]);
        Assert.Equal("FEAT-020", Refused(() => Aggregate(context, file, [row], source)));
        Assert.Equal((3L, 1L), (Aggregate(context, file, [row with { Arrival = 30 }], made).Rows, Aggregate(context, file, [row with { Arrival = 30 }], made).Added));
        Assert.Equal(made, Aggregate(context, file, [], made).Table); // Nothing new gives the same again.
    }

    private static string Refused(Action act) => Assert.Throws<ActivityException>(act).Code;

    private static AggregateFeatures.Outputs Aggregate(TestActivityContext context, string group, IEnumerable<HistoryRow> rows, ArtifactRef? previous) =>
        context.RunAsync(new AggregateFeatures(), new AggregateFeatures.Inputs
        {
            Table = context.PutAsync(rows).GetAwaiter().GetResult(),
            Group = group,
            Previous = previous,
        }).GetAwaiter().GetResult();
}
