using System.Text.Json;
using MLPlatform.Activities.Features;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Features;

public sealed class FeatureTransformTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static readonly FeatureDeclaration[] Everything =
    [
        new() { Hash = ["name", "count", "ratio"] },
        new() { OneHot = ["name"], MinCount = 2 },
        new() { Bucketize = ["ratio"], Buckets = 3 },
        new() { Bucketize = ["count"], Boundaries = [0, 10] },
        new() { Log = ["ratio"] },
        new() { Standardize = ["count"] },
        new() { Numeric = ["ratio"], Name = "plain" },
        new() { Cross = ["ratio.bucket", "name", "count.bucket"] },
        new() { TextNgram = ["text"] },
    ];

    private const string Rows = """
        {"name":"Zoë","count":3,"ratio":0.25,"text":"Free entry!! Win £100"}
        {"name":"Zoë","count":-7,"ratio":-2.5,"text":"ok   lar\tok lar"}
        {"name":"Ann","count":12,"text":""}
        {"count":100000000000,"ratio":1e-9,"text":"词 没有 空格"}
        {"name":"","ratio":4}
        """;

    public void Dispose() => _context.Dispose();

    public static TheoryData<string, FeatureDeclaration> OptionsThatDoNothing => new()
    {
        { "buckets", new() { Hash = ["name"], Buckets = 5 } },
        { "buckets", new() { Bucketize = ["count"], Boundaries = [1], Buckets = 5 } },
        { "boundaries", new() { Log = ["count"], Boundaries = [1] } },
        { "minCount", new() { Hash = ["name"], MinCount = 2 } },
        { "words", new() { OneHot = ["text"], Words = new(1, 2) } },
        { "characters", new() { Numeric = ["count"], Characters = new(1, 2) } },
        { "lowerCase", new() { Hash = ["name"], LowerCase = true } },
    };

    [Theory, MemberData(nameof(OptionsThatDoNothing))]
    public async Task An_option_that_would_do_nothing_is_refused(string option, FeatureDeclaration declaration)
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "rows.jsonl", Rows);
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => FitAsync(table, [declaration]));
        Assert.Equal("ML-003", problem.Code);
        Assert.Contains($"'{option}'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_has_the_same_features_in_a_table_and_in_a_request()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "rows.jsonl", Rows);
        FeatureSpec spec = await FitAsync(table, Everything);
        SampleBlock fromTable = Encode(spec, await TableRowsAsync(table, spec));
        var transform = new FeatureTransform(spec);
        JsonElement[] requests = [.. Rows.Split('\n').Select(line => JsonElement.Parse(line))];
        SampleBlock fromRequest = Encode(spec, ColumnBatch.FromJson(transform.Columns, requests));
        AssertEqual(fromTable, fromRequest);
        for (int i = 0; i < requests.Length; i++)
        {
            SampleBlock one = Encode(spec, ColumnBatch.FromJson(transform.Columns, [requests[i]]));
            Assert.Equal(fromTable.Ids[fromTable.Start(i)..fromTable.End(i)], one.Ids);
            Assert.Equal(fromTable.Values[fromTable.Start(i)..fromTable.End(i)], one.Values);
        }
    }

    [Fact]
    public async Task A_specification_comes_back_from_its_file_as_it_was()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "rows.jsonl", Rows);
        FeatureSpec spec = await FitAsync(table, Everything);
        string file = Path.Combine(_context.NewFolder(), "features.json");
        spec.Save(file);
        AssertEqual(Encode(spec, await TableRowsAsync(table, spec)), Encode(FeatureSpec.Load(file), await TableRowsAsync(table, spec)));
    }

    [Fact]
    public async Task Fitting_learns_boundaries_means_and_vocabularies()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "n.csv", "x,c\n" + string.Concat(Enumerable.Range(1, 100).Select(i => $"{i},{(i <= 60 ? "a" : i <= 99 ? "b" : "c")}\n")));
        FeatureSpec spec = await FitAsync(table,
            new() { Bucketize = ["x"], Buckets = 4 }, new() { Standardize = ["x"] }, new() { OneHot = ["c"], MinCount = 2 });
        Assert.Equal([26, 51, 76], Assert.IsType<FittedFeature.Bucketed>(spec.Features[0]).Boundaries);
        var number = Assert.IsType<FittedFeature.Number>(spec.Features[1]);
        Assert.Equal(50.5, number.Mean, 9);
        Assert.Equal(Math.Sqrt((100 * 100 - 1) / 12.0), 1 / number.Scale, 9);
        Assert.Equal(["a", "b"], Assert.IsType<FittedFeature.OneHot>(spec.Features[2]).Vocabulary);
    }

    [Fact]
    public async Task A_missing_value_is_a_category_of_its_own_and_a_new_one_is_unknown()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "c.csv", "c,d\na,1\nb,2\n,3\n");
        FeatureSpec spec = await FitAsync(table, new FeatureDeclaration { OneHot = ["c"] });
        ulong[] ids = Encode(spec, ColumnBatch.FromJson(["c"],
            [.. JsonElement.Parse("""[{"c":"a"},{"c":null},{},{"c":"new"},{"c":"newer"}]""").EnumerateArray()])).Ids.ToArray();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Equal(ids[1], ids[2]);
        Assert.Equal(ids[3], ids[4]);
    }

    [Theory]
    [InlineData("""{"hash":["name"],"log":["ratio"]}""", "ML-003", "exactly one of")]
    [InlineData("""{"hash":["nam"]}""", "ML-001", "no column 'nam'")]
    [InlineData("""{"log":["name"]}""", "ML-002", "row 0 holds 'Zoë'")]
    [InlineData("""{"cross":["name","ratio.log"]}""", "ML-003", "neither a column nor a feature")]
    [InlineData("""{"cross":["name"]}""", "ML-003", "two parts")]
    [InlineData("""{"bucketize":["ratio"],"boundaries":[3,2]}""", "ML-003", "must ascend")]
    [InlineData("""{"hash":["name","count"],"name":"n"}""", "ML-003", "exactly one column")]
    [InlineData("""{"textNgram":["text"],"words":{"min":3,"max":2}}""", "ML-003", "min is not above max")]
    public async Task A_declaration_that_makes_no_sense_is_refused_in_words(string declaration, string code, string words)
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "rows.jsonl", Rows);
        FeatureDeclaration declared = JsonSerializer.Deserialize<FeatureDeclaration>(declaration, ActivityJson.Options)!;
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => FitAsync(table, declared));
        Assert.Equal(code, problem.Code);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_numeric_feature_cannot_be_crossed_before_it_is_bucketized()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "rows.jsonl", Rows);
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => FitAsync(table, new FeatureDeclaration { Log = ["ratio"] }, new FeatureDeclaration { Cross = ["name", "ratio.log"] }));
        Assert.Contains("bucketize it before crossing", problem.Message, StringComparison.Ordinal);
    }

    private async Task<FeatureSpec> FitAsync(ArtifactRef table, params FeatureDeclaration[] features)
    {
        BuildFeatures.Outputs outputs = await _context.RunAsync(
            new BuildFeatures(), new BuildFeatures.Inputs { Table = table, Features = features }, TestContext.Current.CancellationToken);
        string folder = _context.NewFolder();
        await _context.Artifacts.LayOutAsync(outputs.Features.Hash, Path.Combine(folder, "f"), TestContext.Current.CancellationToken);
        return FeatureSpec.Load(Path.Combine(folder, "f", FeatureSpec.FileName));
    }

    private async Task<ColumnBatch> TableRowsAsync(ArtifactRef table, FeatureSpec spec)
    {
        IReadOnlyList<string> files = await TableFiles.FetchAsync(_context, table, "table", TestContext.Current.CancellationToken);
        return new ParquetRows(files, new FeatureTransform(spec).Columns).Read().Single();
    }

    private static SampleBlock Encode(FeatureSpec spec, ColumnBatch batch)
    {
        var block = new SampleBlock();
        new FeatureTransform(spec).EncodeAll(batch, block);
        return block;
    }

    private static void AssertEqual(SampleBlock a, SampleBlock b)
    {
        Assert.Equal(a.Ends, b.Ends);
        Assert.Equal(a.Ids, b.Ids);
        Assert.Equal(a.Values, b.Values);
    }
}
