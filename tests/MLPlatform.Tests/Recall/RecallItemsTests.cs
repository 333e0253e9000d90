using System.Globalization;
using MLPlatform.Activities.Recall;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using Xunit;

namespace MLPlatform.Tests.Recall;

public sealed class RecallItemsTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task What_is_found_is_far_above_chance_and_above_what_is_popular_and_its_figures_are_those_of_the_table()
    {
        RecallItems.Inputs inputs = await InputsAsync() with { Positives = await Tastes.VisitsAsync(_context, 600, 7) };
        RecallItems.Outputs found = await _context.RunAsync(new RecallItems(), inputs);
        string visits = await _context.RelationAsync(await Tastes.VisitsAsync(_context, 4000, 1)), right = await _context.RelationAsync(inputs.Positives!);
        string table = await _context.RelationAsync(found.Table);
        double popular = await FigureAsync($"""
            SELECT avg(r) FROM (SELECT avg((item IN (SELECT item FROM {visits} GROUP BY item ORDER BY count(*) DESC LIMIT 10))::INT) AS r
              FROM (SELECT DISTINCT "user", item FROM {right}) GROUP BY "user")
            """);
        double recall = await FigureAsync($"""
            SELECT avg(r) FROM (SELECT avg((t.rank IS NOT NULL)::INT) AS r
              FROM (SELECT DISTINCT "user", item FROM {right}) p LEFT JOIN {table} t USING ("user", item) GROUP BY "user")
            """);
        Assert.InRange(popular, 0.1, 0.45); // By chance 0.17.
        Assert.InRange(found.Recall!.Value, Math.Max(0.7, popular + 0.3), 0.97);
        Assert.Equal(recall, found.Recall.Value, 1e-9);
        double mrr = await FigureAsync($"""
            SELECT avg(r) FROM (SELECT coalesce(max(1 / t.rank), 0) AS r
              FROM (SELECT DISTINCT "user", item FROM {right}) p LEFT JOIN {table} t USING ("user", item) GROUP BY "user")
            """);
        Assert.Equal(mrr, found.Mrr!.Value, 1e-9);
        Assert.InRange(found.Ndcg!.Value, 0.5, 1);
        Assert.Equal([1, 10], found.At.Select(a => a.K));
        Assert.Equal(await FigureAsync($"SELECT count(DISTINCT \"user\") FROM {right}"), (double)found.Judged!);
        Assert.Equal((Tastes.Users, Tastes.Items), (found.Queries, found.Items));
        Assert.Equal("user VARCHAR, rank INTEGER, item BIGINT, score FLOAT", await _context.SchemaAsync(found.Table));
        Assert.Equal(10 * Tastes.Users, await _context.CountAsync(found.Table));
        Assert.Equal(found.Recall.Value, _context.Metrics["recall10"]);
    }

    [Fact]
    public async Task Vectors_of_a_table_are_found_as_rows_are_whose_vectors_they_are()
    {
        RecallItems.Inputs inputs = await InputsAsync();
        RecallItems.Outputs byRows = await _context.RunAsync(new RecallItems(), inputs);
        EmbedRows.Outputs left = await EmbedAsync(inputs, inputs.Queries, "left", "user"), right = await EmbedAsync(inputs, inputs.Catalogue, "right", "item", "shop");
        Assert.Equal((Tastes.Users, 16), (left.Rows, left.Width));
        Assert.Equal("item BIGINT, shop VARCHAR, vector FLOAT[]", await _context.SchemaAsync(right.Table));
        Assert.Equal(byRows.Table, (await _context.RunAsync(new RecallItems(), inputs with { Model = null, Queries = left.Table, Catalogue = right.Table })).Table);
        Assert.Equal(byRows.Table, (await _context.RunAsync(new RecallItems(), inputs with { Catalogue = right.Table })).Table);
        // Against a join of all with all.
        List<string?[]> scores = await _context.ReadAsync(
            left.Table, "q.\"user\", list_dot_product(q.vector, c.vector)::DOUBLE AS score", $"q CROSS JOIN {await _context.RelationAsync(right.Table)} c");
        ILookup<string?, double> all = scores.ToLookup(r => r[0], r => Number(r[1]));
        foreach (IGrouping<string?, string?[]> found in (await _context.ReadAsync(byRows.Table, "\"user\", rank, score::DOUBLE", "ORDER BY \"user\", rank")).GroupBy(r => r[0]))
            Assert.Equal(all[found.Key].OrderDescending().Take(10), found.Select(r => Number(r[2])), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public async Task The_same_is_found_on_any_number_of_cores_and_what_is_excluded_is_not()
    {
        RecallItems.Inputs inputs = await InputsAsync() with { K = 20 };
        RecallItems.Outputs found = await _context.RunAsync(new RecallItems(), inputs);
        _context.CoresToUse = 1;
        Assert.Equal(found.Table, (await _context.RunAsync(new RecallItems(), inputs)).Table);
        ArtifactRef seen = await Tastes.VisitsAsync(_context, 2000, 1);
        RecallItems.Outputs others = await _context.RunAsync(new RecallItems(), inputs with { Exclude = seen });
        string pairs = await _context.RelationAsync(seen);
        Assert.Equal(0, await _context.CountAsync(others.Table, $"(\"user\", item) IN (SELECT (\"user\", item) FROM {pairs})"));
        Assert.NotEqual(0, await _context.CountAsync(found.Table, $"(\"user\", item) IN (SELECT (\"user\", item) FROM {pairs})"));
        Assert.Equal(20 * Tastes.Users, await _context.CountAsync(others.Table));
    }

    [Fact]
    public async Task More_than_there_is_gives_all_and_positives_with_the_label_0_are_none()
    {
        RecallItems.Inputs inputs = await InputsAsync() with { K = 500 };
        ArtifactRef judged = await Chain.CollectAsync(_context, "judged.csv", "user,item,visited\nu1,1,1\nu1,1,1\nu1,2,0\nu2,7777,1\nnobody,1,1\n");
        RecallItems.Outputs found = await _context.RunAsync(new RecallItems(), inputs with { Positives = judged });
        Assert.Equal(Tastes.Users * Tastes.Items, await _context.CountAsync(found.Table));
        Assert.Equal((2L, 0.5, 1.0), (found.Judged!.Value, found.Recall!.Value, found.Coverage)); // What is not in the catalogue cannot be found.
        Assert.Equal([1, 10, 100, 500], found.At.Select(a => a.K));
        found = await _context.RunAsync(new RecallItems(), inputs);
        Assert.Equal((null, null), (found.Judged, found.Recall));
        Assert.Empty(found.At);
    }

    [Fact]
    public async Task Tables_that_do_not_fit_are_refused_in_words()
    {
        RecallItems.Inputs inputs = await InputsAsync();
        Task<ArtifactRef> TableAsync(string csv) => Chain.CollectAsync(_context, "t.csv", csv);
        await RefusedAsync("ML-001", "The input 'catalogue' does not fit: the table has no column 'shop'", inputs with { Catalogue = await TableAsync("item,price\n1,2\n") });
        await RefusedAsync("ML-001", "The tower 'left' reads user", inputs with { Queries = await TableAsync("visitor\nu1\n"), Query = "visitor" });
        await RefusedAsync("ML-001", "'positives'", inputs with { Positives = await TableAsync("user,thing\nu1,2\n") });
        await RefusedAsync("ML-005", "'queries' has no rows", inputs with { Queries = await TableAsync("user\n") });
        await RefusedAsync("ML-005", "'catalogue' has no rows", inputs with { Catalogue = await TableAsync("item,shop\n") });
        await RefusedAsync("ML-005", "No query has a positive", inputs with { Positives = await TableAsync("user,item\nnobody,2\n") });
        await RefusedAsync("ML-006", "'score'", inputs with { Item = "score" });
        await RefusedAsync("ML-006", "no column 'vector'", inputs with { Model = null });
        await RefusedAsync("ML-021", "'7' stands twice", inputs with { Catalogue = await TableAsync("item,shop\n7,a\n8,a\n7,b\n") });
        await RefusedAsync("ML-021", "no 'item'", inputs with { Catalogue = await TableAsync("item,shop\n7,a\n,b\n") });
        EmbedRows.Outputs right = await EmbedAsync(inputs, inputs.Catalogue, "right", "item");
        ArtifactRef narrow = (await EmbedAsync(await InputsAsync(width: 8), inputs.Queries, "left", "user")).Table;
        await RefusedAsync("ML-006", "not of one model", inputs with { Catalogue = right.Table, Queries = narrow, Model = null });
    }

    [Fact]
    public async Task A_tower_that_there_is_not_and_a_model_without_any_are_refused()
    {
        RecallItems.Inputs inputs = await InputsAsync();
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => EmbedAsync(inputs, inputs.Queries, "middle", "user"));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("'left', 'right'", problem.Message, StringComparison.Ordinal);
        problem = await Assert.ThrowsAsync<ActivityException>(() => EmbedAsync(inputs, inputs.Queries, "left", "user", "user"));
        Assert.Equal("ML-006", problem.Code);
        ArtifactRef two = await Chain.CollectAsync(_context, "ab.csv", "user,item,shop,visited\na,1,x,1\nb,2,y,0\n");
        ArtifactRef scoring = (await Chain.TrainAsync(_context, await Tastes.InputsAsync(_context, """{ "model": "fm" }""") with { Samples = two, Epochs = 1 })).Model;
        await RefusedAsync("ML-020", "has no towers", inputs with { Model = scoring });
    }

    private Task<EmbedRows.Outputs> EmbedAsync(RecallItems.Inputs inputs, ArtifactRef table, string tower, params string[] keep) =>
        _context.RunAsync(new EmbedRows(), new EmbedRows.Inputs { Model = inputs.Model!, Table = table, Tower = tower, Keep = keep });

    private async Task RefusedAsync(string code, string about, RecallItems.Inputs inputs)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new RecallItems(), inputs));
        Assert.Equal(code, problem.Code);
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }

    private async Task<RecallItems.Inputs> InputsAsync(int width = 16) => new()
    {
        Model = (await Chain.TrainAsync(_context, await Tastes.InputsAsync(_context, Tastes.Declaration.Replace("[16]", $"[{width}]", StringComparison.Ordinal)))).Model,
        Queries = await Tastes.UsersAsync(_context),
        Catalogue = await Tastes.ItemsAsync(_context),
        Query = "user",
        Item = "item",
    };

    private async Task<double> FigureAsync(string sql) => Number((await _context.ReadAsync(await Tastes.UsersAsync(_context), $"({sql.Trim()})::DOUBLE", "LIMIT 1"))[0][0]);

    private static double Number(string? text) => double.Parse(text!, CultureInfo.InvariantCulture);
}
