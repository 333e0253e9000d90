using System.Globalization;
using CsCheck;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data.Aggregates;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Drift;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

/// <summary>Whatever the rows, groups and figures are those of a plain reading of the words in C#.</summary>
public sealed class AggregateProperties
{
    private static readonly Gen<(string? Key, long? Value)> Row = Gen.Select(
        Gen.Int[0, 3].Select(i => new[] { "a", "b", "cc", null }[i]), Gen.OneOf(Gen.Int[-4, 4].Select(v => (long?)v), Gen.Const((long?)null)));

    [Fact]
    public void Groups_and_measures_are_those_of_a_plain_reading() =>
        Gen.Select(Row.Array[0, 40], Gen.Int[0, 100]).Sample((rows, percent) =>
        {
            using TestActivityContext context = new();
            double share = percent / 100.0;
            AggregateData.Outputs outputs = context.RunAsync(new AggregateData(), new()
            {
                Table = Collect(context, rows),
                GroupBy = ["key"],
                Measures =
                [
                    new() { Name = "rows", Count = true }, new() { Name = "sum", Sum = "value" }, new() { Name = "distinct", Distinct = "value" },
                    new() { Name = "quantile", Quantile = new() { Column = "value", Share = share } }, new() { Name = "negative", Count = true, Where = "value < 0" },
                ],
            }).GetAwaiter().GetResult();

            IEnumerable<string?[]> expected = rows.GroupBy(r => r.Key).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
            {
                long[] values = [.. g.Where(r => r.Value is not null).Select(r => r.Value!.Value).Order()];
                return new[]
                {
                    g.Key, Text(g.Count()), values.Length == 0 ? null : Text(values.Sum()), Text(values.Distinct().Count()),
                    values.Length == 0 ? null : Text(values[(int)Math.Max(1, Math.Ceiling((decimal)share * values.Length)) - 1]), Text(values.Count(v => v < 0)),
                };
            });
            Assert.Equal(expected, context.ReadAsync(outputs.Table).GetAwaiter().GetResult());
        }, iter: 60);

    [Fact]
    public void The_distance_of_two_tables_is_the_largest_gap_between_their_distribution_functions() =>
        Gen.Select(Gen.Int[-5, 5].Array[1, 40], Gen.Int[-5, 5].Array[1, 40]).Sample((own, other) =>
        {
            OrderedDrift drift = new(own.Length, other.Length, 5, v => Text(v));
            foreach (int value in own.Concat(other).Distinct().Order())
                drift.Add(value, own.Count(v => v == value), other.Count(v => v == value));

            double gap = own.Concat(other).Max(x => Math.Abs(own.Count(v => v <= x) / (double)own.Length - other.Count(v => v <= x) / (double)other.Length));
            Assert.Equal(gap, drift.Ks, 12);
            IReadOnlyList<DriftBin> bins = drift.Complete();
            Assert.Equal((own.Length, other.Length), (bins.Sum(b => b.Rows), bins.Sum(b => b.ReferenceRows)));
        });

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static ArtifactRef Collect(TestActivityContext context, (string? Key, long? Value)[] rows) => context.RunAsync(new CollectBees(), new()
    {
        Source = context.Write("t.csv", "key,value\n" + string.Concat(rows.Select(r => $"{r.Key},{r.Value}\n"))),
        Columns = [new() { Name = "key", Type = ColumnType.String }, new() { Name = "value", Type = ColumnType.Int64 }],
    }).GetAwaiter().GetResult().Table;
}
