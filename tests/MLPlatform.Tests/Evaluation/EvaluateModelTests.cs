using MLPlatform.Activities.Data;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.Tests.Evaluation;

public sealed class EvaluateModelTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Predictions_have_every_row_once_with_its_keys_and_the_score_that_the_figures_come_from()
    {
        (ArtifactRef model, SplitData.Outputs parts) = await TrainAsync();
        EvaluateModel.Outputs outputs = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs
        {
            Model = model,
            Table = parts.Test,
            Keys = ["user", "size", "price"],
            GroupBy = "user",
        });
        IReadOnlyList<string> files = await TableFiles.FetchAsync(_context, outputs.Predictions, "predictions", Cancel);
        var scores = new List<float>();
        var labels = new List<byte>();
        foreach (ColumnBatch batch in new ParquetRows(files, ["row", "user", "size", "price", "label", "score"]).Read())
        {
            for (int i = 0; i < batch.Rows; i++)
            {
                Assert.Equal(scores.Count, batch["row"].Whole(i));
                Assert.StartsWith("u", batch["user"].Describe(i), StringComparison.Ordinal);
                Assert.True(batch["score"].TryNumber(i, out double score));
                scores.Add((float)score);
                labels.Add((byte)batch["label"].Whole(i));
            }
        }
        Assert.Equal(outputs.Rows, scores.Count);
        Assert.Equal(outputs.Positives, labels.Count(l => l == 1));
        Assert.Equal(outputs.Auc, MLPlatform.Vlps.Metrics.Ranking.Auc([.. scores], [.. labels]));
        Assert.True(outputs.Auc > 0.7);
        Assert.InRange(outputs.GroupedAuc!.Value, 0.6, 0.9);
        Assert.InRange(outputs.PredictedToActual!.Value, 0.8, 1.2);
    }

    [Fact]
    public async Task The_report_is_one_page_that_fetches_nothing()
    {
        (ArtifactRef model, SplitData.Outputs parts) = await TrainAsync();
        EvaluateModel.Outputs outputs = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs
        {
            Model = model,
            Table = parts.Test,
            Title = "Clicks <& more>",
        });
        string folder = Path.Combine(_context.NewFolder(), "report");
        await _context.Artifacts.LayOutAsync(outputs.Report.Hash, folder, Cancel);
        string page = await File.ReadAllTextAsync(Path.Combine(folder, "index.html"), Cancel);
        Assert.Contains("Clicks &lt;&amp; more&gt;", page, StringComparison.Ordinal);
        Assert.Equal(4, page.Split("<svg").Length - 1);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        foreach (string fetching in new[] { "http:", "https:", "<script", "url(", "@import", " src=" })
            Assert.DoesNotContain(fetching, page, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(0.75246, "0.7525")]
    [InlineData(0.001234, "0.0012")]
    [InlineData(0.00012345, "0.000123")]
    [InlineData(-0.0000451, "-0.0000451")]
    [InlineData(0, "0")]
    [InlineData(double.NaN, "–")]
    public void Small_figures_are_not_shown_as_nothing(double value, string shown) => Assert.Equal(shown, Page.Figure(value));

    [Fact]
    public async Task A_table_of_one_class_has_figures_but_no_auc()
    {
        (ArtifactRef model, _) = await TrainAsync();
        ArtifactRef table = await Chain.CollectAsync(_context, "one.csv", "user,colour,size,price,clicked\nu1,red,1,2.5,no\nu2,blue,,3,no\n");
        EvaluateModel.Outputs outputs = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = model, Table = table });
        Assert.Null(outputs.Auc);
        Assert.Null(outputs.PredictedToActual);
        Assert.Equal((2, 0), (outputs.Rows, outputs.Positives));
        System.Text.Json.JsonSerializer.Serialize(outputs, ActivityJson.Options);
    }

    [Fact]
    public async Task A_damaged_model_is_named_as_such()
    {
        (_, SplitData.Outputs parts) = await TrainAsync();
        string folder = _context.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "model.json"), """{"format":"mlplatform-model","version":9,"kind":"vlps-network","label":{"column":"x","positive":[]}}""", Cancel);
        ArtifactRef model = await _context.Artifacts.PutFolderAsync(folder, "model", Cancel);
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = model, Table = parts.Test }));
        Assert.Equal("ML-008", problem.Code);
        Assert.Contains("version 9", problem.Message, StringComparison.Ordinal);
    }

    private async Task<(ArtifactRef Model, SplitData.Outputs Parts)> TrainAsync(params FeatureDeclaration[] features)
    {
        if (features.Length == 0)
            features = [new() { Hash = ["colour", "size"] }, new() { Log = ["price"] }, new() { Cross = ["colour", "size"] }];
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(4000, 1));
        SplitData.Outputs parts = await Chain.SplitAsync(_context, table);
        ArtifactRef fitted = await Chain.FitAsync(_context, parts.Train, features);
        TrainVlps.Outputs trained = await Chain.TrainAsync(_context, new TrainVlps.Inputs
        {
            Samples = parts.Train,
            Features = fitted,
            Label = "clicked",
            Positive = ["yes"],
        });
        return (trained.Model, parts);
    }
}
