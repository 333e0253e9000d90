using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Recall;

/// <summary>
/// Finds the items whose vectors are nearest to those of queries, and says how good that is where right answers are known. Exact:
/// every query is compared with every item. The catalogue is in memory, queries are read as a stream.
/// </summary>
[Activity("model.recall", Version = 1)]
[Description("Finds the top items of a catalogue for each query by a two-tower model or by vectors, exactly; with known positives recall, hit rate, NDCG and MRR.")]
public sealed class RecallItems : IActivity<RecallItems.Inputs, RecallItems.Outputs>
{
    // Items that are written at once, and so also found at once.
    private const int BatchItems = 1 << 19;

    private static readonly int[] Cutoffs = [1, 10, 100];

    public sealed record Inputs
    {
        [Description("The two-tower model, which makes vectors of rows. Leave it out where both tables have vectors.")]
        public ArtifactRef? Model { get; init; }

        [Description("Who is searched for, one row each: raw rows with the columns of the left tower, or vectors.")]
        public required ArtifactRef Queries { get; init; }

        [Description("What can be found, one row each: raw rows with the columns of the right tower, or vectors.")]
        public required ArtifactRef Catalogue { get; init; }

        [MinLength(1)]
        [Description("The column that tells queries apart, a user id say.")]
        public required string Query { get; init; }

        [MinLength(1)]
        [Description("The column that tells items apart.")]
        public required string Item { get; init; }

        [Description("How many items for each query. Default: 10."), Range(1, 1000)]
        public int K { get; init; } = 10;

        [Description("Pairs of query and item that are not to be found, such as what was bought already; other columns are ignored.")]
        public ArtifactRef? Exclude { get; init; }

        [Description("Pairs that are known to be right and were not learned from: what was found is judged by them. Where they have the label's column, those with label 1.")]
        public ArtifactRef? Positives { get; init; }

        [Description("The label's column in the positives. Default: the model's, where they have it; else all of them are right.")]
        public string? Label { get; init; }

        [MinLength(1)]
        [Description("The column of vectors in tables that have them. Default: vector.")]
        public string Vector { get; init; } = "vector";
    }

    /// <param name="Table">What was found: query, rank from 1, item, score (the inner product), the best first.</param>
    /// <param name="Queries">Rows of queries.</param>
    /// <param name="Items">Items of the catalogue.</param>
    /// <param name="Coverage">Share of the items that were found for anybody.</param>
    /// <param name="Judged">Queries with positives; null without the input.</param>
    /// <param name="Recall">Mean share of a query's positives that were found; null without positives.</param>
    /// <param name="HitRate">Share of judged queries with at least one found; null without positives.</param>
    /// <param name="Ndcg">Mean discounted gain over the most that it could be; null without positives.</param>
    /// <param name="Mrr">Mean of 1 over the place of the first found; null without positives.</param>
    /// <param name="At">The same figures for the first 1, 10, 100 and k; empty without positives.</param>
    public sealed record Outputs(
        ArtifactRef Table, long Queries, int Items, double Coverage, long? Judged, double? Recall, double? HitRate, double? Ndcg, double? Mrr, IReadOnlyList<FoundFigures> At);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        CheckNames(inputs);
        using ModelFolder? model = inputs.Model is { } given ? await TableFiles.LoadTowersAsync(context, given, "model", cancel).ConfigureAwait(false) : null;
        IReadOnlyList<string> queries = await TableFiles.FetchAsync(context, inputs.Queries, "queries", cancel).ConfigureAwait(false);
        IReadOnlyList<string> catalogue = await TableFiles.FetchAsync(context, inputs.Catalogue, "catalogue", cancel).ConfigureAwait(false);
        IReadOnlyList<string>? exclude = inputs.Exclude is { } known ? await TableFiles.FetchAsync(context, known, "exclude", cancel).ConfigureAwait(false) : null;
        IReadOnlyList<string>? positives = inputs.Positives is { } right ? await TableFiles.FetchAsync(context, right, "positives", cancel).ConfigureAwait(false) : null;
        string folder = Path.Combine(context.ScratchFolder, "found");
        Found found = await MlErrors.ExplainedAsync(() =>
        {
            var rows = new VectorRows("catalogue", catalogue, model is null ? null : (model, model.Towers[1]), inputs.Vector, [inputs.Item]);
            using ItemCatalogue items = ItemCatalogue.Read(rows, inputs.Item, context, cancel);
            ItemPairs? left = exclude is null ? null : ItemPairs.Read("exclude", exclude, inputs.Query, inputs.Item, null, items, cancel);
            ItemPairs? judge = positives is null ? null : ItemPairs.Read("positives", positives, inputs.Query, inputs.Item, LabelOf(inputs, model, positives), items, cancel);
            rows = new VectorRows("queries", queries, model is null ? null : (model, model.Towers[0]), inputs.Vector, [inputs.Query]);
            return Find(rows, items, left, judge, inputs, folder, context, cancel);
        }, cancel).ConfigureAwait(false);
        Tell(found, context);
        FoundFigures? at = found.Figures.Count > 0 ? found.Figures[^1] : null;
        return new Outputs(await context.Artifacts.PutFolderAsync(folder, "table", cancel).ConfigureAwait(false), found.Queries, found.Items, found.Coverage,
            positives is null ? null : found.Judged, at?.Recall, at?.HitRate, at?.Ndcg, at?.Mrr, found.Figures);
    }

    private static void CheckNames(Inputs inputs)
    {
        string[] columns = [inputs.Query, inputs.Item, FoundWriter.RankColumn, FoundWriter.ScoreColumn];
        if (columns.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw MlErrors.Bad("ML-006", $"What is found has the columns query, rank, item and score, so '{twice.Key}' would stand there twice. Rename it in a data.sql step.");
    }

    private static LabelColumn? LabelOf(Inputs inputs, ModelFolder? model, IReadOnlyList<string> positives)
    {
        LabelColumn? trained = model?.Description.Label;
        if (inputs.Label is { } named)
            return named == trained?.Column ? trained : new LabelColumn(named, []);
        return trained is not null && new ParquetRows(positives, []).ColumnNames().Contains(trained.Column) ? trained : null;
    }

    private sealed record Found(long Queries, int Items, double Coverage, long Judged, IReadOnlyList<FoundFigures> Figures);

    private static Found Find(
        VectorRows queries, ItemCatalogue catalogue, ItemPairs? exclude, ItemPairs? positives, Inputs inputs, string folder, ActivityContext context, CancellationToken cancel)
    {
        int most = Math.Min(inputs.K, catalogue.Count);
        var judge = new FoundItems([.. Cutoffs.Where(k => k < inputs.K), inputs.K]);
        HashSet<ulong> judged = [];
        bool[] seen = new bool[catalogue.Count];
        long done = 0;
        using var writer = new FoundWriter(folder, catalogue);
        foreach ((ColumnBatch batch, ReadOnlyMemory<float> vectors) in queries.Read(Math.Clamp(BatchItems / most, 96, 8192), context.Cores, cancel))
        {
            RequireWidth(vectors.Length / batch.Rows, catalogue.Vectors.Width);
            Column keys = batch[inputs.Query];
            ulong[] hashes = [.. Enumerable.Range(0, batch.Rows).Select(row => KeyHashes.Of(keys, row))];
            (int[] items, float[] scores) = (new int[batch.Rows * most], new float[batch.Rows * most]);
            catalogue.Vectors.Nearest(vectors, items, scores, context.Cores, exclude is null ? null : (row, item) => exclude.Of(hashes[row]).BinarySearch(item) >= 0);
            writer.Write(keys, batch.Rows, items, scores);
            for (int row = 0; row < batch.Rows; row++)
            {
                ReadOnlySpan<int> own = items.AsSpan(row * most, most);
                own = own[..(most - own.Count(-1))];
                foreach (int item in own)
                    seen[item] = true;
                // A query that stands there twice is judged once.
                if (positives is not null && positives.Of(hashes[row]) is { Length: > 0 } right && judged.Add(hashes[row]))
                    judge.Add(own, right);
            }
            done += batch.Rows;
            context.Progress(done / (double)queries.Count, string.Create(CultureInfo.InvariantCulture, $"{done} of {queries.Count} queries"));
        }
        writer.Close();
        if (positives is not null && judge.Queries == 0)
            throw MlErrors.Bad("ML-005", $"No query has a positive: the values of '{inputs.Query}' in 'positives' are none of those in 'queries', or no row there has label 1.");
        return new Found(done, catalogue.Count, seen.Count(s => s) / (double)seen.Length, judge.Queries, positives is null ? [] : judge.Figures);
    }

    private static void RequireWidth(int queries, int items)
    {
        if (queries != items)
            throw MlErrors.Bad("ML-006", $"The vectors of the queries have {queries} numbers, those of the catalogue {items}: they are not of one model.");
    }

    private static void Tell(Found found, ActivityContext context)
    {
        context.Report("coverage", found.Coverage);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"{found.Queries} queries over {found.Items} items, of which {found.Coverage:P1} were found for somebody"));
        foreach (FoundFigures at in found.Figures)
        {
            context.Report(string.Create(CultureInfo.InvariantCulture, $"recall{at.K}"), at.Recall);
            context.Report(string.Create(CultureInfo.InvariantCulture, $"hitRate{at.K}"), at.HitRate);
            context.Report(string.Create(CultureInfo.InvariantCulture, $"ndcg{at.K}"), at.Ndcg);
            context.Report(string.Create(CultureInfo.InvariantCulture, $"mrr{at.K}"), at.Mrr);
            context.Log(string.Create(CultureInfo.InvariantCulture,
                $"first {at.K}: recall {at.Recall:F4}, hit rate {at.HitRate:F4}, NDCG {at.Ndcg:F4}, MRR {at.Mrr:F4} over {found.Judged} queries"));
        }
    }
}
