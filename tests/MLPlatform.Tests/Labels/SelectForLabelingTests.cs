using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Labels;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Labels;

public sealed class SelectForLabelingTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(SelectForLabeling.Uncertainty.Entropy)]
    [InlineData(SelectForLabeling.Uncertainty.Margin)]
    [InlineData(SelectForLabeling.Uncertainty.LeastConfidence)]
    public async Task Of_two_labels_the_rows_nearest_to_one_half_come_first_and_equal_ones_in_their_order(SelectForLabeling.Uncertainty by)
    {
        SelectForLabeling.Outputs outputs = await RunAsync("id,p\n1,0.9\n2,0.5\n3,\n4,0.75\n5,0.25\n6,1.5\n7,0\n", ["p"], 4, by);
        Assert.Equal(["2", "4", "5", "1"], (await _context.ReadAsync(outputs.Table, "id")).Select(r => r[0]));
        Assert.Equal((7, 4, 2), (outputs.Rows, outputs.Selected, outputs.Unscored));
    }

    [Fact]
    public async Task Of_three_labels_margin_and_entropy_differ()
    {
        const string rows = "id,a,b,c\n1,0.5,0.5,0.0\n2,0.4,0.3,0.3\n";
        Assert.Equal("1", (await _context.ReadAsync((await RunAsync(rows, ["a", "b", "c"], 1, SelectForLabeling.Uncertainty.Margin)).Table, "id"))[0][0]);
        Assert.Equal("2", (await _context.ReadAsync((await RunAsync(rows, ["a", "b", "c"], 1, SelectForLabeling.Uncertainty.Entropy)).Table, "id"))[0][0]);
    }

    [Fact]
    public async Task A_diverse_choice_takes_the_least_sure_row_and_then_one_unlike_it()
    {
        const string rows = "id,p,text\n1,0.5,win cash now\n2,0.5,Win CASH now\n3,0.5,win cash today\n4,0.6,see you at home\n5,0.99,quite another thing\n";
        Assert.Equal(["1", "4", "3"], await ChosenAsync(rows, 3, i => i with { DiverseBy = ["text"], Among = 2 }));
        Assert.Equal(["1", "2", "3"], await ChosenAsync(rows, 3, i => i));
        Assert.Equal(["1", "2", "3", "4", "5"], (await ChosenAsync(rows, 9, i => i with { DiverseBy = ["text"] })).Order());
    }

    [Theory]
    [InlineData("DATA-031", "txt", 3)]
    [InlineData("LABEL-041", "text", 100_000)]
    public async Task A_diverse_choice_needs_its_columns_and_a_bound(string code, string column, int count) => Assert.Equal(code,
        (await Assert.ThrowsAsync<ActivityException>(() => ChosenAsync("id,p,text\n1,0.5,a\n", count, i => i with { DiverseBy = [column] }))).Code);

    private async Task<List<string?>> ChosenAsync(string csv, int count, Func<SelectForLabeling.Inputs, SelectForLabeling.Inputs> with)
    {
        ArtifactRef table = (await _context.RunAsync(new CollectBees(), new CollectBees.Inputs { Source = _context.Write("in.csv", csv) })).Table;
        SelectForLabeling.Outputs outputs = await _context.RunAsync(new SelectForLabeling(), with(new() { Table = table, Probabilities = ["p"], Count = count }));
        return [.. (await _context.ReadAsync(outputs.Table, "id")).Select(r => r[0])];
    }

    [Theory]
    [InlineData("DATA-031", "q")]
    [InlineData("LABEL-040", "id")]
    public async Task A_column_that_is_no_probability_is_refused(string code, string column) => Assert.Equal(code,
        (await Assert.ThrowsAsync<ActivityException>(() => RunAsync("id,p\nx,0.5\n", [column], 1, SelectForLabeling.Uncertainty.Entropy))).Code);

    private async Task<SelectForLabeling.Outputs> RunAsync(string csv, string[] probabilities, int count, SelectForLabeling.Uncertainty by)
    {
        ArtifactRef table = (await _context.RunAsync(new CollectBees(), new CollectBees.Inputs { Source = _context.Write("in.csv", System.Text.Encoding.UTF8.GetBytes(csv)) })).Table;
        return await _context.RunAsync(new SelectForLabeling(), new SelectForLabeling.Inputs { Table = table, Probabilities = probabilities, Count = count, By = by });
    }
}
