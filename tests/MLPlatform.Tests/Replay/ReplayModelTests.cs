using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Replay;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using Xunit;

namespace MLPlatform.Tests.Replay;

/// <summary>Clicks of ten days; from the sixth on people like the other colours.</summary>
public sealed class ReplayModelTests : IDisposable
{
    private const int Days = 10, TasteTurns = 5, RowsPerDay = 600;

    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task After_a_turn_of_taste_the_model_that_stays_is_wrong_and_the_retrained_one_recovers()
    {
        (ReplayModel.Outputs outputs, IReadOnlyList<Step> steps) = await ReplayAsync(Clicks(_ => false), window: 2);
        Assert.Equal(Days - 2, outputs.Count);
        Assert.Equal((Days - 2) * RowsPerDay, outputs.Rows);
        Assert.All(steps.Where(s => s.Number < TasteTurns), s => Assert.True(s.FrozenAuc > 0.7 && s.RetrainedAuc > 0.7));
        Assert.All(steps.Where(s => s.Number >= TasteTurns), s => Assert.True(s.FrozenAuc < 0.4));
        Assert.True(steps.Single(s => s.Number == TasteTurns).RetrainedAuc < 0.4); // Nobody knew yet.
        Assert.True(steps[^1].RetrainedAuc > 0.7);
        Assert.True(outputs.CiLow > 0 && outputs.Improvement > 0.1);
        Assert.Contains(steps, s => s.Promoted);
    }

    [Fact]
    public async Task A_day_is_scored_before_anything_learns_from_it()
    {
        // Both models come out of the warm-up equal, so they can differ on the first step only if one has seen it.
        (_, IReadOnlyList<Step> steps) = await ReplayAsync(Clicks(_ => false), window: null);
        Assert.Equal(steps[0].FrozenAuc, steps[0].RetrainedAuc);
        Assert.Equal(0, steps[0].Age);
    }

    [Fact]
    public async Task A_day_with_shuffled_labels_promotes_nothing()
    {
        const int Shuffled = 3;
        (_, IReadOnlyList<Step> steps) = await ReplayAsync(Clicks(day => day == Shuffled), window: 1);
        Step step = steps.Single(s => s.Number == Shuffled);
        Assert.False(step.Promoted, step.Why);
        Assert.StartsWith("stopped", step.Why, StringComparison.Ordinal);
        Assert.True(steps.Single(s => s.Number == Shuffled + 1).RetrainedAuc > 0.7);
    }

    [Fact]
    public async Task Without_a_holdout_every_new_model_takes_over()
    {
        (ReplayModel.Outputs outputs, _) = await ReplayAsync(Clicks(_ => false), window: 1, holdout: 0);
        Assert.Equal(Days - 2 - 1, outputs.Promotions); // After the last step there is nothing to take over for.
    }

    [Fact]
    public async Task A_table_that_is_over_after_the_warm_up_is_refused()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Clicks(_ => false));
        ActivityException refused = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(
            new ReplayModel(), new ReplayModel.Inputs { Table = table, Time = "time", Label = "clicked", WarmUp = Days }, Cancel));
        Assert.Equal("ML-016", refused.Code);
    }

    private async Task<(ReplayModel.Outputs Outputs, IReadOnlyList<Step> Steps)> ReplayAsync(string csv, int? window, double holdout = 0.3)
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", csv);
        ReplayModel.Outputs outputs = await _context.RunAsync(new ReplayModel(), new ReplayModel.Inputs
        {
            Table = table,
            Time = "time",
            Label = "clicked",
            WarmUp = 2,
            Window = window,
            Holdout = holdout,
            Training = new ReplayTraining { Model = ReplayedModel.Lr, LearningRate = 0.2 },
        }, Cancel);
        string folder = Path.Combine(_context.NewFolder(), "report");
        await _context.Artifacts.LayOutAsync(outputs.Report.Hash, folder, Cancel);
        JsonElement told = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "replay.json"), Cancel)).RootElement;
        Assert.Contains("<svg", await File.ReadAllTextAsync(Path.Combine(folder, "index.html"), Cancel), StringComparison.Ordinal);
        return (outputs, told.GetProperty("steps").Deserialize<List<Step>>(JsonSerializerOptions.Web)!);
    }

    private static string Clicks(Func<int, bool> isShuffled)
    {
        Random random = new(1);
        StringBuilder csv = new("time,colour,clicked\n");
        for (int day = 0; day < Days; day++)
        {
            for (int i = 0; i < RowsPerDay; i++)
            {
                int colour = random.Next(4);
                bool likes = (colour < 2) == (day < TasteTurns);
                double p = isShuffled(day) ? 0.5 : likes ? 0.8 : 0.2;
                csv.Append(CultureInfo.InvariantCulture, $"2026-01-{day + 1:D2} {i * 20 / 600:D2}:{i % 60:D2}:00,{"red blue green grey".Split(' ')[colour]},{(random.NextDouble() < p ? 1 : 0)}\n");
            }
        }
        return csv.ToString();
    }

    private sealed record Step(int Number, double FrozenAuc, double RetrainedAuc, int Age, bool Promoted, string Why);
}
