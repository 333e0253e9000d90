using System.Text.Json;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps.Training;

public sealed class FieldSamplesTests
{
    private const int Rows = 3000;

    private static readonly FeatureSpec Spec = new()
    {
        Rows = 1,
        Columns = [],
        Features =
        [
            new FittedFeature.Hashed("a", "a"), new FittedFeature.Hashed("b", "b"), new FittedFeature.Cross("a*b", [new FittedFeature.Hashed("a", "a"), new FittedFeature.Hashed("b", "b")]),
            new FittedFeature.Number("n", "n", false, 0, 1), new FittedFeature.Text("t", "t", new(1, 2), null, true),
        ],
    };

    private static readonly FeatureSpec WithoutTexts = Spec with { Features = [.. Spec.Features.Take(4)] };

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Any_number_of_threads_gives_the_same_samples(int threads)
    {
        using var crew = new FeedCrew(threads);
        Assert.Equal(Read(Spec, 700, int.MaxValue, 1000, null), Read(Spec, 700, int.MaxValue, 1000, crew));
        Assert.Equal(Read(WithoutTexts, 900, int.MaxValue, 250, null), Read(WithoutTexts, 900, int.MaxValue, 250, crew));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_block_ends_with_the_sample_that_has_its_last_id(bool texts)
    {
        List<string> blocks = Read(texts ? Spec : WithoutTexts, 1000, 2000, 1000, null);
        Assert.InRange(blocks.Count, 4, 40);
        Assert.All(blocks.SkipLast(1), block =>
        {
            int[] ids = [.. block.Split(';').Select(row => int.Parse(row.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
            Assert.True(ids.Length == 1000 || (ids.Sum() >= 2000 && ids.SkipLast(1).Sum() < 2000), $"{ids.Length} samples with {ids.Sum()} ids");
        });
        // The same samples as in blocks of any other length.
        Assert.Equal(string.Join(';', Read(texts ? Spec : WithoutTexts, 333, int.MaxValue, 77, null)), string.Join(';', blocks));
    }

    [Fact]
    public void What_is_wrong_with_a_label_is_told_whichever_thread_finds_it()
    {
        using var crew = new FeedCrew(3);
        FeatureSpec spec = Spec with { Features = [Spec.Features[1], Spec.Features[3]] };
        var samples = new FieldSamples((columns, _, _) => [Batch(columns, 0, 10)], () => 10, spec, [new LabelColumn("a", [])]);
        Assert.Equal(VlpsProblem.Label, Assert.Throws<VlpsException>(() => samples.Read(NewBlock(spec), 0, long.MaxValue, crew).Count()).Problem);
    }

    // Of each block its samples; of each sample its number of ids, its label, weight, ids and values.
    private static List<string> Read(FeatureSpec spec, int blockRows, int blockIds, int batchRows, FeedCrew? crew)
    {
        IEnumerable<ColumnBatch> All(IReadOnlyList<string> columns)
        {
            for (int first = 0; first < Rows; first += batchRows)
                yield return Batch(columns, first, Math.Min(batchRows, Rows - first));
        }

        var samples = new FieldSamples((columns, _, _) => All(columns), () => Rows, spec, [new LabelColumn("label", [])], "weight", blockRows, blockIds);
        FieldBlock block = NewBlock(spec);
        return [.. (crew is null ? samples.Read(block) : samples.Read(block, 0, long.MaxValue, crew)).Select(Describe)];
    }

    private static string Describe(FieldBlock block) => string.Join(';', Enumerable.Range(0, block.Rows).Select(row =>
    {
        var ids = block.Fields.SelectMany(f => Enumerable.Range(f.Start(row), f.Start(row + 1) - f.Start(row)).Select(i => f.Weighted ? $"{f.Ids[i]:x}x{f.Values[i]}" : $"{f.Ids[i]:x}")).ToList();
        return $"{ids.Count} {block.Labels(0)[row]} {block.Weights[row]} {string.Join(' ', ids)}";
    }));

    private static FieldBlock NewBlock(FeatureSpec spec) => new(new BlockShape([.. FieldEncoder.FieldsOf(spec).Fields.Select(f => (f.Many, f.Weighted))], 0, 1));

    private static ColumnBatch Batch(IReadOnlyList<string> columns, int first, int rows) => ColumnBatch.FromJson(columns, [.. Enumerable.Range(first, rows).Select(row =>
        JsonSerializer.SerializeToElement(new
        {
            a = row % 11 == 0 ? null : (long?)row * 977, b = $"b{row % 17}", n = row % 3, t = string.Join(' ', Enumerable.Range(0, row % 13).Select(w => $"w{w}")), label = row % 5 == 0 ? 1 : 0, weight = (row % 7) + 1,
        }))]);
}
