using System.Text.Json;
using MLPlatform.Activities.Recall;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.Tests.Recall;

public sealed class StockModelTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task A_model_with_items_finds_what_recall_finds_and_a_model_without_says_what_to_do()
    {
        (ArtifactRef bare, ArtifactRef stocked) = await StockAsync();
        RecallItems.Outputs found = await _context.RunAsync(
            new RecallItems(), new RecallItems.Inputs { Model = stocked, Queries = await Tastes.UsersAsync(_context), Catalogue = await Tastes.ItemsAsync(_context), Query = "user", Item = "item", K = 5 });
        using ModelFolder model = ModelFolder.Load(await LayOutAsync(stocked));
        (int[] items, float[] products) = model.Find(Rows("u3", "nobody"), 5);
        Assert.Equal((await _context.ReadAsync(found.Table, "item", "WHERE \"user\" = 'u3' ORDER BY rank")).Select(r => r[0]), items[..5].Select(i => model.Items!.Keys[i]));
        Assert.Equal(products[..5].OrderDescending(), products[..5]);
        Assert.Equal(2 * Tastes.Items, model.Find(Rows("u3", "u4"), 1000).Items.Length);
        model.Description.RequireAnswers();
        using ModelFolder empty = ModelFolder.Load(await LayOutAsync(bare));
        Assert.Contains("model.stock", Assert.Throws<VlpsException>(() => empty.Find(Rows("u3"), 5)).Message, StringComparison.Ordinal);
        Assert.Contains("model.stock", Assert.Throws<VlpsException>(empty.Description.RequireAnswers).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_are_replaced_and_the_same_items_are_the_same_bytes()
    {
        (ArtifactRef bare, ArtifactRef stocked) = await StockAsync();
        StockModel.Inputs inputs = new() { Model = bare, Catalogue = await Tastes.ItemsAsync(_context), Item = "item" };
        Assert.Equal(stocked, (await _context.RunAsync(new StockModel(), inputs)).Model);
        Assert.Equal(stocked, (await _context.RunAsync(new StockModel(), inputs with { Model = stocked })).Model);
        StockModel.Outputs fewer = await _context.RunAsync(new StockModel(), inputs with { Model = stocked, Catalogue = await Chain.CollectAsync(_context, "few.csv", "item,shop\n1,a\n2,b\n") });
        Assert.Equal(2, fewer.Items);
        Assert.Null(ModelFolder.Describe(await LayOutAsync(bare)).Items); // What was laid out shares no file with the store's.
        Assert.Equal(Tastes.Items, ModelFolder.Describe(await LayOutAsync(stocked)).Items!.Count);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(30)]
    [InlineData(4)]
    public async Task A_damaged_file_of_items_is_refused_by_name(int at)
    {
        string folder = await LayOutAsync((await StockAsync()).Stocked), file = Path.Combine(folder, "items.bin");
        byte[] bytes = await File.ReadAllBytesAsync(file, Cancel);
        File.Delete(file);
        if (at < 0)
            bytes = bytes[..^12];
        else
            bytes[at] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        VlpsException problem = Assert.Throws<VlpsException>(() => ModelFolder.Load(folder).Dispose());
        Assert.Equal(VlpsProblem.BadFile, problem.Problem);
        Assert.Contains("items.bin", problem.Message, StringComparison.Ordinal);
    }

    private async Task<(ArtifactRef Bare, ArtifactRef Stocked)> StockAsync()
    {
        ArtifactRef bare = (await Chain.TrainAsync(_context, await Tastes.InputsAsync(_context))).Model;
        return (bare, (await _context.RunAsync(new StockModel(), new StockModel.Inputs { Model = bare, Catalogue = await Tastes.ItemsAsync(_context), Item = "item" })).Model);
    }

    private async Task<string> LayOutAsync(ArtifactRef model)
    {
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(model.Hash, folder, Cancel);
        return folder;
    }

    private static ColumnBatch Rows(params string[] users) => ColumnBatch.FromJson(["user"], [.. users.Select(user => JsonSerializer.SerializeToElement(new { user }))]);
}
