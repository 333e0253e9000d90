using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>The items that are nearest to rows.</summary>
/// <param name="Most">Items of each row, equally many.</param>
/// <param name="Keys">Row by row, the best first.</param>
/// <param name="Scores">Their inner products with the row.</param>
internal sealed record FoundItems(int Most, IReadOnlyList<string> Keys, IReadOnlyList<float> Scores)
{
    public static FoundItems None { get; } = new(0, [], []);

    /// <exception cref="VlpsException">The rows do not fit the model, or it has no items.</exception>
    public static FoundItems By(ModelFolder model, ColumnBatch batch, int k)
    {
        (int[] items, float[] scores) = model.Find(batch, k);
        return new FoundItems(items.Length / batch.Rows, [.. items.Select(item => model.Items!.Keys[item])], scores);
    }
}

/// <summary>What a request for items is answered with.</summary>
/// <param name="Version">Who answered.</param>
internal sealed record Found(int Version, ServingRole Role, FoundItems Items);

/// <summary>Finds items for the rows of a request with the version that its key falls on, and hands them on to be logged.</summary>
internal sealed class Finding(IImpressions impressions, TimeProvider time)
{
    public const int MostItems = 1000, UsualItems = 10;

    /// <param name="only">Find with this version instead of the one that the key falls on.</param>
    /// <param name="k">Items for each row.</param>
    /// <param name="read">Makes the batch that a model reads.</param>
    /// <param name="rows">The raw rows, where they came as JSON.</param>
    /// <exception cref="VlpsException">The rows do not fit the model, or it finds no items.</exception>
    public Found Find(ServedDeployment served, string requestId, string? key, int? only, int k, Func<ModelFolder, ColumnBatch> read, IReadOnlyList<JsonElement>? rows)
    {
        ServingRoute route = served.Route(key ?? requestId, only);
        DateTimeOffset at = time.GetUtcNow();
        long start = time.GetTimestamp();
        ModelFolder model = served.Find(route.Version)!;
        ColumnBatch batch = read(model);
        model.RequireNumbers(batch);
        FoundItems? found = null;
        try
        {
            found = FoundItems.By(model, batch, k);
        }
        finally
        {
            // The log goes on using what was answered by when the answer is gone.
            if (served.TryUse())
                impressions.Add(new FoundRequest(served, requestId, key, route, at, time.GetElapsedTime(start), batch, rows, k, found ?? FoundItems.None) { Failed = found is null });
        }
        return new Found(route.Version, route.Role, found);
    }
}
