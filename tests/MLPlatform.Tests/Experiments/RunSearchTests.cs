using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;
using Xunit;

namespace MLPlatform.Tests.Experiments;

/// <summary>Filters and orders as tracking clients write them.</summary>
public sealed class RunSearchTests
{
    private static readonly TrackedRun[] Runs =
    [
        Run("a", 1, ("auc", 0.7), ("loss", double.NaN)) with { Parameters = Map(("model", "fm"), ("batch size", "10")), Tags = Map(("mlflow.runName", "first"), ("team", "reco")) },
        Run("b", 2, ("auc", 0.8), ("loss", 0.2)) with { Parameters = Map(("model", "lr")), Status = TrackedState.Failed, EndedMs = 9 },
        Run("c", 3, ("auc", 0.8)) with { Parameters = Map(("model", "deepfm")), Tags = Map(("team", "Ads")), User = "ann" },
        Run("d", 4) with { Tags = Map(("a.b/c", "100%")) },
    ];

    [Theory]
    [InlineData("", "dcba")]
    [InlineData("metrics.auc > 0.7", "cb")]
    [InlineData("metrics.auc>=0.7 and metric.auc<.75", "a")]
    [InlineData("metrics.auc != 0.7", "cb")]
    [InlineData("metrics.loss = 0.2", "b")]
    [InlineData("metrics.loss != 7", "ba")]
    [InlineData("params.model = 'fm'", "a")]
    [InlineData("params.model LIKE '%fm'", "ca")]
    [InlineData("parameters.model ilike 'D__P%'", "c")]
    [InlineData("params.\"batch size\" = '10'", "a")]
    [InlineData("params.`batch size` = \"10\"", "a")]
    [InlineData("params.model IS NULL", "d")]
    [InlineData("params.model is not null AND params.model != 'fm'", "cb")]
    [InlineData("tags.mlflow.runName = 'first'", "a")]
    [InlineData("tags.team ILIKE 'ads'", "c")]
    [InlineData("tags.team LIKE 'ads'", "")]
    [InlineData("tag.a.b/c = '100%'", "d")]
    [InlineData("status = 'FAILED'", "b")]
    [InlineData("attributes.status != 'FAILED' AND attribute.start_time > 1", "dc")]
    [InlineData("run_id IN ('a', 'c', 'x')", "ca")]
    [InlineData("attributes.run_id NOT IN ('a','c')", "db")]
    [InlineData("attr.end_time <= 9", "b")]
    [InlineData("run_name = 'run d'", "d")]
    [InlineData("`run name` = 'run d'", "d")]
    [InlineData("user_id = 'ann'", "c")]
    public void A_filter_finds_what_it_says(string filter, string ids) =>
        Assert.Equal(ids, string.Concat(RunSearch.Select(Runs, filter, []).Select(r => r.Id)));

    [Theory]
    [InlineData("metrics.auc", "acbd", "the same value: the youngest first; a missing one last")]
    [InlineData("metrics.loss DESC", "badc", "not-a-number after numbers, missing after it")]
    [InlineData("params.model asc", "cabd", "by text")]
    [InlineData("attributes.start_time ASC", "abcd", "by time")]
    [InlineData("end_time desc", "bdca", "missing last")]
    public void An_order_orders(string order, string ids, string why)
    {
        Assert.True(ids == string.Concat(RunSearch.Select(Runs, null, [order]).Select(r => r.Id)), why);
    }

    [Fact]
    public void Several_orders_apply_one_after_the_other() =>
        Assert.Equal("bcad", string.Concat(RunSearch.Select(Runs, null, ["metrics.auc DESC", "attributes.start_time ASC"]).Select(r => r.Id)));

    [Theory]
    [InlineData("metrics.auc > 'much'")]
    [InlineData("metrics.auc >")]
    [InlineData("metrics.auc LIKE 'a'")]
    [InlineData("params.model = fm")]
    [InlineData("params.model = 'fm' OR params.model = 'lr'")]
    [InlineData("params.model = 'fm' params.model = 'lr'")]
    [InlineData("nonsense.model = 'fm'")]
    [InlineData("size = 'fm'")]
    [InlineData("params.model = 'fm")]
    [InlineData("run_id IN ('a'")]
    [InlineData("= 3")]
    [InlineData("params. = 'a'")]
    [InlineData("status")]
    public void What_cannot_be_read_is_refused_in_words(string filter)
    {
        TrackingException refused = Assert.Throws<TrackingException>(() => RunSearch.Select(Runs, filter, []));
        Assert.Equal(("TRACK-005", TrackingRefusal.Invalid), (refused.Code, refused.Refusal));
    }

    [Fact]
    public void Pages_hold_everything_once()
    {
        List<int> seen = [];
        string? token = null;
        do
        {
            SearchPage<int> page = PageToken.PageOf([.. Enumerable.Range(0, 10)], token, 3);
            seen.AddRange(page.Items);
            token = page.Next;
        }
        while (token is not null);
        Assert.Equal(Enumerable.Range(0, 10), seen);
        Assert.Equal("TRACK-007", Assert.Throws<TrackingException>(() => PageToken.PageOf([1], "nonsense", 3)).Code);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("./a")]
    public void A_path_never_leads_out(string path) => Assert.Equal("TRACK-009", Assert.Throws<TrackingException>(() => TrackedPath.Check(path)).Code);

    [Fact]
    public void Uris_of_the_own_store_become_paths()
    {
        Assert.Equal("0/r/artifacts", TrackedPath.Of("mlflow-artifacts:/0/r/artifacts"));
        Assert.Equal("0/r/artifacts", TrackedPath.Of("mlflow-artifacts://host:80/0/r/artifacts/"));
        Assert.Null(TrackedPath.Of("s3://bucket/x"));
        Assert.Throws<TrackingException>(() => TrackedPath.Of("mlflow-artifacts:/../x"));
    }

    [Fact]
    public void A_thinned_history_keeps_the_ends_of_every_run()
    {
        MetricValue[] a = [.. Enumerable.Range(0, 1000).Select(i => new MetricValue("m", i, i, i))], b = [.. Enumerable.Range(500, 1501).Select(i => new MetricValue("m", i, i, i))];
        IReadOnlySet<long> steps = HistorySample.Steps([a, b], null, null, 10);
        Assert.Superset(new HashSet<long> { 0, 999, 500, 2000 }, new HashSet<long>(steps));
        Assert.InRange(steps.Count, 10, 14);
        Assert.Equal(11, HistorySample.Steps([a], 10, 20, 100).Count);
    }

    [Theory]
    [InlineData("""{"dataset_inputs":"many"}""")]
    [InlineData("""{"dataset_inputs":["clicks",{"dataset":"clicks","tags":"train"},{"tags":[1,{"key":1},{"key":"mlflow.data.context","value":2}],"dataset":{"name":3}}]}""")]
    [InlineData("[]")]
    public void Inputs_of_another_shape_are_no_datasets_and_hide_no_others(string inputs)
    {
        TrackedRun[] runs =
        [
            Run("odd", 1) with { InputsJson = inputs },
            Run("even", 2) with { InputsJson = """{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"clicks"}}]}""" },
        ];
        Assert.Equal("even", Assert.Single(RunSearch.Select(runs, "datasets.name = 'clicks' AND dataset.context = 'train'", [])).Id);
    }

    private static TrackedRun Run(string id, long started, params (string, double)[] metrics) => new()
    {
        Id = id,
        Experiment = 1,
        Name = "run " + id,
        Status = TrackedState.Running,
        StartedMs = started,
        ArtifactUri = "mlflow-artifacts:/1/" + id,
        Metrics = [.. metrics.Select(m => new MetricValue(m.Item1, m.Item2, 0, 0))],
    };

    private static Dictionary<string, string> Map(params (string, string)[] pairs) => pairs.ToDictionary(p => p.Item1, p => p.Item2);
}
