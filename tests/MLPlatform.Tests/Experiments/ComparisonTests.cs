using System.Globalization;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Comparison;
using Xunit;

namespace MLPlatform.Tests.Experiments;

public sealed class ComparisonTests
{
    [Fact]
    public void What_differs_comes_first_and_a_missing_value_differs()
    {
        RunComparison compared = RunComparison.Of([
            Run("a", new() { ["same"] = "1", ["other"] = "x", ["only"] = "y" }, ("auc", 0.7), ("flat", 1), ("nan", double.NaN)),
            Run("b", new() { ["same"] = "1", ["other"] = "z" }, ("auc", 0.9), ("flat", 1), ("nan", double.NaN)),
        ]);
        Assert.Equal(["only:True", "other:True", "same:False"], compared.Parameters.Select(p => $"{p.Name}:{p.Differs}"));
        Assert.Equal(["y", null], compared.Parameters[0].Values);
        Assert.Equal(["auc:True", "flat:False", "nan:False"], compared.Metrics.Select(m => $"{m.Name}:{m.Differs}"));
        Assert.Equal((0.7, 0.8, 0.9), (compared.Metrics[0].Min!.Value, Math.Round(compared.Metrics[0].Mean!.Value, 9), compared.Metrics[0].Max!.Value));
        Assert.Null(compared.Metrics[2].Min);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_front_is_what_nobody_beats(int goals)
    {
        Random random = new(goals);
        bool[] maximize = [.. Enumerable.Range(0, goals).Select(i => i % 2 == 0)];
        for (int round = 0; round < 30; round++)
        {
            double?[][] points = [.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, goals).Select(_ => random.Next(20) switch { 0 => (double?)null, 1 => double.NaN, int n => n }).ToArray())];
            IEnumerable<int> expected = Enumerable.Range(0, 40).Where(i => Whole(points[i]) && !points.Any(other => Whole(other) && Beats(other, points[i])));
            Assert.Equal(expected, ParetoFront.Of(points, maximize).Order());
        }

        bool Whole(double?[] p) => p.All(v => v is { } value && double.IsFinite(value));
        bool Beats(double?[] one, double?[] other) => Enumerable.Range(0, goals).All(g => maximize[g] ? one[g] >= other[g] : one[g] <= other[g]) && !one.SequenceEqual(other);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_parameters_that_matter_are_found_and_the_others_are_not(int seed)
    {
        Random random = new(seed);
        TrackedRun[] runs = [.. Enumerable.Range(0, 300).Select(i =>
        {
            double rate = Math.Pow(10, (-4 * random.NextDouble()) - 1), depth = random.Next(1, 9);
            string kind = random.Next(3) switch { 0 => "fm", 1 => "deepfm", _ => "lr" };
            double score = (-2 * Math.Abs(Math.Log10(rate) + 3)) + (kind == "fm" ? 1.0 : 0) + (0.1 * depth) + (0.1 * (random.NextDouble() - 0.5));
            return Run($"{i}", new()
            {
                ["rate"] = rate.ToString("R", CultureInfo.InvariantCulture), ["depth"] = $"{depth}", ["kind"] = kind,
                ["noise"] = $"{random.Next(1000)}", ["seed"] = $"run-{i}", ["same"] = "1", ["colour"] = random.Next(2) == 0 ? "red" : "blue",
            }, ("score", score));
        })];
        IReadOnlyList<ParameterShare> shares = ParameterImportance.Of(runs, "score").Shares;
        Assert.Equal(["rate", "kind"], shares.Take(2).Select(s => s.Parameter));
        Assert.Equal(1, shares.Sum(s => s.Share), 9);
        Dictionary<string, double> by = shares.ToDictionary(s => s.Parameter, s => s.Share);
        Assert.True(by["rate"] > 0.6, $"{by["rate"]}");
        Assert.True(by["depth"] > by["noise"] && by["depth"] > by["colour"]);
        Assert.True(by["noise"] + by["colour"] < 0.03, $"{by["noise"]} {by["colour"]}");
        Assert.DoesNotContain("seed", by.Keys);
        Assert.DoesNotContain("same", by.Keys);
    }

    [Fact]
    public void Interacting_parameters_share_what_neither_has_alone()
    {
        Random random = new(5);
        TrackedRun[] runs = [.. Enumerable.Range(0, 400).Select(i =>
        {
            int a = random.Next(2), b = random.Next(2);
            return Run($"{i}", new() { ["a"] = $"{a}", ["b"] = $"{b}", ["c"] = $"{random.Next(2)}" }, ("score", a ^ b));
        })];
        Dictionary<string, double> by = ParameterImportance.Of(runs, "score").Shares.ToDictionary(s => s.Parameter, s => s.Share);
        Assert.InRange(by["a"], 0.35, 0.65);
        Assert.InRange(by["b"], 0.35, 0.65);
        Assert.True(by["c"] < 0.05, $"{by["c"]}");
    }

    [Fact]
    public void Few_runs_or_a_metric_that_does_not_vary_tell_nothing_and_it_is_said_why()
    {
        TrackedRun[] flat = [.. Enumerable.Range(0, 20).Select(i => Run($"{i}", new() { ["p"] = $"{i}" }, ("score", 1)))];
        Assert.Equal("score is the same in all runs", WhyNone(flat, "score"));
        Assert.Equal("5 runs have the metric score, and fewer than 8 tell nothing", WhyNone(flat[..5], "score"));
        Assert.Equal("0 runs have the metric none, and fewer than 8 tell nothing", WhyNone(flat, "none"));
        Assert.Equal("no parameter differs among these runs, or each run has another text", WhyNone([.. Enumerable.Range(0, 20).Select(i => Run($"{i}", new() { ["same"] = "1" }, ("score", i)))], "score"));

        static string? WhyNone(TrackedRun[] runs, string metric)
        {
            Importance importance = ParameterImportance.Of(runs, metric);
            Assert.Empty(importance.Shares);
            return importance.WhyNone;
        }
    }

    private static TrackedRun Run(string id, Dictionary<string, string> parameters, params (string, double)[] metrics) => new()
    {
        Id = id,
        Experiment = 1,
        Name = id,
        Status = TrackedState.Finished,
        StartedMs = 0,
        ArtifactUri = "",
        Parameters = parameters,
        Metrics = [.. metrics.Select(m => new MetricValue(m.Item1, m.Item2, 0, 0))],
    };
}
