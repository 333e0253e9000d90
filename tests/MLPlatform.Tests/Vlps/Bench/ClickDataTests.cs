using MLPlatform.Cli.Bench.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Metrics;
using Xunit;

namespace MLPlatform.Tests.Vlps.Bench;

public sealed class ClickDataTests
{
    [Fact]
    public void The_bench_draws_clicks_as_they_are_written_down()
    {
        var block = new FieldBlock(new BlockShape([.. Enumerable.Repeat((false, false), ClickData.Categories)], ClickData.Numbers, 1));
        float[] chances = new float[100_000];
        new ClickData(VlpsBench.Seed).Fill(block, chances.Length, chances);
        Assert.Equal(0.2848, block.Labels(0).ToArray().Average(l => (double)l), 4);
        // Of the last tenth; of two million rows the rate is 0.2841 and the best AUC 0.88244.
        byte[] labels = [.. block.Labels(0)[90_000..].ToArray().Select(l => (byte)l)];
        Assert.Equal(0.88001, Ranking.Auc(chances.AsSpan(90_000), labels)!.Value, 5);
        Assert.InRange(block.Numbers.Count(0f) / (double)block.Numbers.Length, 0.075, 0.085);
    }
}
