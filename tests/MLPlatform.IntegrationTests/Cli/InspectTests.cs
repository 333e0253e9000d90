using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary><c>mlp vlps inspect</c> on models trained a moment ago.</summary>
public sealed class InspectTests : IDisposable
{
    private readonly Mlp _mlp = new();
    private readonly TestActivityContext _context = new();

    public void Dispose()
    {
        _mlp.Dispose();
        _context.Dispose();
    }

    [Fact]
    public async Task It_tells_steps_the_optimizers_state_and_what_changed_and_went_against_the_model_before()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(1000, 1)), day = await Chain.CollectAsync(_context, "day.csv", Chain.Clicks(40, 2));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour"] });
        var inputs = new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Model = TrainVlps.ModelType.Fm, Epochs = 2, Batch = 100, State = false };
        string[] lines = await InspectAsync((await Chain.TrainAsync(_context, inputs)).Model);
        Assert.Contains(Row("steps", "20"), lines);
        Assert.Contains(Row("optimizers' state", "left out, so no training can go on from it"), lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("against the one before", StringComparison.Ordinal));

        TrainVlps.Outputs first = await Chain.TrainAsync(_context, inputs with { State = true });
        TrainVlps.Outputs second = await Chain.TrainAsync(_context, inputs with { Samples = day, From = first.Model, Epochs = 1, State = true, Evict = new RowEviction { AfterTrainings = 1 } });
        Assert.True(second is { ChangedRows: > 0, EvictedRows: > 0 });
        lines = await InspectAsync(second.Model);
        Assert.Contains(Row("steps", "21"), lines);
        Assert.Contains(Row("optimizers' state", "kept"), lines);
        Assert.Contains(Row("against the one before", $"{second.ChangedRows} rows changed, {second.EvictedRows} evicted"), lines);
    }

    private static string Row(string what, string value) => $"{what}|{value}";

    // Each row of the tables with its cells parted by |.
    private async Task<string[]> InspectAsync(ArtifactRef model)
    {
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(model.Hash, folder, TestContext.Current.CancellationToken);
        Outcome shown = await _mlp.RunAsync("vlps", "inspect", folder);
        Assert.True(shown.Code == 0, shown.Error);
        return [.. shown.Output.Split('\n').Select(l => string.Join('|', l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))];
    }
}
