using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Recall;

namespace MLPlatform.Activities.Recall;

/// <summary>Puts the items that can be found into a two-tower model, so that a deployment of it answers with the nearest of them.</summary>
[Activity("model.stock", Version = 1)]
[Description("Puts a catalogue of items into a two-tower model, so that a deployment answers rows of the left tower with the top items.")]
public sealed class StockModel : IActivity<StockModel.Inputs, StockModel.Outputs>
{
    public sealed record Inputs
    {
        [Description("The two-tower model.")]
        public required ArtifactRef Model { get; init; }

        [Description("What can be found, one row each: raw rows with the columns of the right tower, or vectors.")]
        public required ArtifactRef Catalogue { get; init; }

        [MinLength(1)]
        [Description("The column that tells items apart; answers name items by it.")]
        public required string Item { get; init; }

        [MinLength(1)]
        [Description("The column of vectors in a catalogue that has them. Default: vector.")]
        public string Vector { get; init; } = "vector";
    }

    /// <param name="Model">The same model with the items.</param>
    /// <param name="Items">How many.</param>
    public sealed record Outputs(ArtifactRef Model, int Items);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        using ModelFolder model = await TableFiles.LoadTowersAsync(context, inputs.Model, "model", cancel).ConfigureAwait(false);
        IReadOnlyList<string> files = await TableFiles.FetchAsync(context, inputs.Catalogue, "catalogue", cancel).ConfigureAwait(false);
        string folder = Path.Combine(context.ScratchFolder, "model");
        int count = await MlErrors.ExplainedAsync(() =>
        {
            using ItemCatalogue items = ItemCatalogue.Read(new VectorRows("catalogue", files, (model, model.Towers[1]), inputs.Vector, [inputs.Item]), inputs.Item, context, cancel);
            ModelFolder.PutItems(folder, inputs.Item, new KnownItems(Names(items), items.Vectors));
            return items.Count;
        }, cancel).ConfigureAwait(false);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"the model finds {count} items"));
        return new Outputs(await context.Artifacts.PutFolderAsync(folder, "model", cancel).ConfigureAwait(false), count);
    }

    private static string[] Names(ItemCatalogue items)
    {
        Span<byte> scratch = stackalloc byte[32];
        string[] names = new string[items.Count];
        for (int item = 0; item < names.Length; item++)
            names[item] = Encoding.UTF8.GetString(items.Keys.Canonical(item, scratch));
        return names;
    }
}
