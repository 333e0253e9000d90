using MLPlatform.Activities.Datasets;
using MLPlatform.Activities.Recall;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using Xunit;

namespace MLPlatform.Tests.Recall;

/// <summary>A table of vectors where others meet it.</summary>
public sealed class VectorTableTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Vectors_have_one_name_in_a_dataset_and_are_shown_in_its_preview()
    {
        ArtifactRef table = (await _context.RunAsync(new EmbedRows(), new EmbedRows.Inputs
        {
            Model = (await Chain.TrainAsync(_context, await Tastes.InputsAsync(_context) with { Epochs = 1 })).Model,
            Table = await Tastes.ItemsAsync(_context),
            Tower = "right",
            Keep = ["item"],
        })).Table;
        TableFacts facts = await TableFooters.ReadAsync(table, _context.Artifacts, Cancel);
        Assert.Equal(["item int64", "vector list"], facts.Columns.Select(c => $"{c.Name} {c.Type}"));
        TablePreview preview = await new TableReader(_context.Artifacts).PreviewAsync(table, 3, null, Cancel);
        Assert.Equal(["item", "vector"], preview.Columns);
        Assert.Equal(16, preview.Rows[0][1]!.GetValue<string>().Split(',').Length);
    }
}
