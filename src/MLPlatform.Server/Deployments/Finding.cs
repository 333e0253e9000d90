using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>What was found for the rows of a request.</summary>
/// <param name="Version">Who answered.</param>
/// <param name="Most">Items of each row, equally many.</param>
/// <param name="Items">Their keys, row by row, the best first.</param>
/// <param name="Scores">Their inner products with the row.</param>
internal sealed record Found(int Version, ServingRole Role, int Most, IReadOnlyList<string> Items, IReadOnlyList<float> Scores);

/// <summary>Finds the items that are nearest to the rows of a request, by the version that its key falls on.</summary>
internal static class Finding
{
    public const int Most = 1000, Usual = 10;

    /// <param name="read">Makes the batch that a model reads.</param>
    /// <exception cref="VlpsException">The rows do not fit the model, or it finds no items.</exception>
    public static Found Find(ServedDeployment served, ServingRoute route, int k, Func<ModelFolder, ColumnBatch> read)
    {
        ModelFolder model = served.Find(route.Version)!;
        ColumnBatch batch = read(model);
        (int[] items, float[] scores) = model.Find(batch, k);
        return new Found(route.Version, route.Role, items.Length / batch.Rows, [.. items.Select(item => model.Items!.Keys[item])], scores);
    }
}
