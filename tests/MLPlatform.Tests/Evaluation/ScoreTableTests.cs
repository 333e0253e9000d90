using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;
using Xunit;

namespace MLPlatform.Tests.Evaluation;

public sealed class ScoreTableTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Rows_without_a_label_get_the_scores_that_evaluation_gives_them_with_one()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(500, seed: 3));
        ArtifactRef unlabeled = await Chain.CollectAsync(_context, "rows.csv", string.Join('\n', Chain.Clicks(500, seed: 3).Split('\n').Select(l => l[..Math.Max(0, l.LastIndexOf(','))])));
        ArtifactRef model = await TrainAsync(table);

        ScoreTable.Outputs scored = await _context.RunAsync(new ScoreTable(), new ScoreTable.Inputs { Model = model, Table = unlabeled });
        EvaluateModel.Outputs judged = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = model, Table = table });

        List<string?[]> rows = await _context.ReadAsync(scored.Table, "score, user");
        Assert.Equal((await _context.ReadAsync(judged.Predictions, "score::DOUBLE", "ORDER BY row")).Select(r => r[0]), rows.Select(r => r[0]));
        Assert.Equal((await _context.ReadAsync(unlabeled, "user")).Select(r => r[0]), rows.Select(r => r[1]));
        Assert.Equal(rows.Average(r => double.Parse(r[0]!, System.Globalization.CultureInfo.InvariantCulture)), scored.MeanScore!.Value, 9);
        Assert.Equal(500, scored.Rows);
    }

    [Fact]
    public async Task A_column_of_the_same_name_is_not_overwritten()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(50, seed: 3));
        Assert.Equal("DATA-043", (await Assert.ThrowsAsync<ActivityException>(async () =>
            await _context.RunAsync(new ScoreTable(), new ScoreTable.Inputs { Model = await TrainAsync(table), Table = table, Score = "price" }))).Code);
    }

    [Fact]
    public async Task A_table_without_the_columns_of_the_model_is_refused_by_name()
    {
        ArtifactRef model = await TrainAsync(await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(50, seed: 3)));
        ArtifactRef other = await Chain.CollectAsync(_context, "o.csv", "user,x\na,1\n");
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new ScoreTable(), new ScoreTable.Inputs { Model = model, Table = other }));
        Assert.Contains("colour", problem.Message, StringComparison.Ordinal);
    }

    private async Task<ArtifactRef> TrainAsync(ArtifactRef table) => (await Chain.TrainAsync(_context, new TrainVlps.Inputs
    {
        Samples = table,
        Features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["colour", "size"] }),
        Label = "clicked",
        Positive = ["yes"],
        Epochs = 1,
    })).Model;
}
