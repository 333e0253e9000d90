using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Data;

/// <summary>
/// Splits a table into a training and a test part: by time, by a hash of columns, by row number, or as given. Every
/// row goes to exactly one part, rows keep their order, and the same inputs give the same parts.
/// </summary>
[Activity("data.split", Version = 1)]
[Description("Splits a table into train and test: by time, by a seeded hash of key columns, by row number, or takes two given tables after checking that their columns agree.")]
public sealed class SplitData : IActivity<SplitData.Inputs, SplitData.Outputs>
{
    public sealed record Inputs
    {
        [Description("The table to split with byTime, byHash or byIndex.")]
        public ArtifactRef? Table { get; init; }

        [Description("Test is what is not earlier than an instant.")]
        public TimeSplit? ByTime { get; init; }

        [Description("Test is a fraction of the keys, chosen by a hash: rows with equal keys stay together.")]
        public HashSplit? ByHash { get; init; }

        [Description("Test is every n-th row.")]
        public IndexSplit? ByIndex { get; init; }

        [Description("A given training table; then test is given too and nothing is split.")]
        public ArtifactRef? Train { get; init; }

        [Description("A given test table.")]
        public ArtifactRef? Test { get; init; }
    }

    /// <summary>Rows at or after an instant are the test.</summary>
    public sealed record TimeSplit
    {
        [Description("The timestamp column; it may not have missing values.")]
        public required string Column { get; init; }

        [Description("The first instant of the test, ISO 8601, UTC where no offset is given. Either this or testFraction.")]
        public string? Boundary { get; init; }

        [Range(0.001, 0.999)]
        [Description("The fraction of rows, the latest ones, to take as test; rows of the same instant stay together, so the test may be a little larger.")]
        public double? TestFraction { get; init; }
    }

    /// <summary>Keys whose seeded hash falls below a fraction are the test.</summary>
    public sealed record HashSplit
    {
        [MinLength(1)]
        [Description("The key columns.")]
        public required IReadOnlyList<string> Columns { get; init; }

        [Range(0.001, 0.999)]
        [Description("The fraction of keys to take as test. Default: 0.2.")]
        public double TestFraction { get; init; } = 0.2;

        [Description("Another seed gives another choice. Default: 0.")]
        public long Seed { get; init; }
    }

    /// <summary>Rows whose number, from 0, leaves a given remainder are the test.</summary>
    public sealed record IndexSplit
    {
        [Range(2, 1_000_000)]
        [Description("Every how many rows one is a test row.")]
        public required int Every { get; init; }

        [Range(0, 999_999)]
        [Description("Row numbers (from 0) with this remainder are test rows. Default: 0.")]
        public int Remainder { get; init; }
    }

    /// <param name="Train">The training rows.</param>
    /// <param name="Test">The test rows.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(ArtifactRef Train, ArtifactRef Test, long TrainRows, long TestRows, ArtifactRef? Lineage = null);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Check(inputs);
        try
        {
            using DuckSession session = DuckSession.Open(context);
            return inputs.Train is { } train
                ? await GivenAsync(session, train, inputs.Test!, cancel)
                : await SplitAsync(session, inputs, context, cancel);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static void Check(Inputs inputs)
    {
        int ways = (inputs.ByTime is null ? 0 : 1) + (inputs.ByHash is null ? 0 : 1) + (inputs.ByIndex is null ? 0 : 1);
        bool given = inputs.Train is not null && inputs.Test is not null && inputs.Table is null && ways == 0;
        bool split = inputs.Table is not null && inputs.Train is null && inputs.Test is null && ways == 1;
        if (!given && !split)
            throw DataErrors.Bad("DATA-050", "Say one way to split: table with exactly one of byTime, byHash and byIndex, or train and test alone.");
        if (inputs.ByTime is { } time && (time.Boundary is null) == (time.TestFraction is null))
            throw DataErrors.Bad("DATA-050", "byTime needs either boundary or testFraction.");
        if (inputs.ByIndex is { } index && index.Remainder >= index.Every)
            throw DataErrors.Bad("DATA-050", $"byIndex: the remainder {index.Remainder} never occurs when dividing by {index.Every}.");
    }

    private static async Task<Outputs> GivenAsync(DuckSession session, ArtifactRef train, ArtifactRef test, CancellationToken cancel)
    {
        await session.AttachAsync("train", train, cancel);
        await session.AttachAsync("test", test, cancel);
        List<string> differences = [];
        Dictionary<string, string> inTest = session.Columns("test").ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
        foreach ((string name, string type) in session.Columns("train"))
        {
            if (!inTest.Remove(name, out string? other))
                differences.Add($"test lacks '{name}'");
            else if (other != type)
                differences.Add($"'{name}' is {type} in train and {other} in test");
        }
        differences.AddRange(inTest.Keys.Select(name => $"train lacks '{name}'"));
        if (differences.Count > 0)
            throw DataErrors.Bad("DATA-051", $"The columns of train and test do not agree: {string.Join("; ", differences)}. Declare the columns and their types when collecting them.");
        return new Outputs(train, test, session.Count("SELECT count(*) FROM train"), session.Count("SELECT count(*) FROM test"));
    }

    private static async Task<Outputs> SplitAsync(DuckSession session, Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        await session.AttachAsync("source", inputs.Table!, cancel);
        IReadOnlyList<(string Name, string Type)> columns = session.Columns("source");
        string isTest = inputs.ByTime is { } time ? TimeCondition(session, time, columns)
            : inputs.ByHash is { } hash ? HashCondition(hash, columns)
            : string.Create(CultureInfo.InvariantCulture, $"_mlp_row % {inputs.ByIndex!.Every} = {inputs.ByIndex.Remainder}");
        string numbered = inputs.ByIndex is null ? "source" : "(SELECT *, row_number() OVER () - 1 AS _mlp_row FROM source)";
        string own = string.Join(", ", columns.Select(c => DuckSession.Name(c.Name)));

        (string trainFolder, string testFolder) = (Path.Combine(context.ScratchFolder, "train"), Path.Combine(context.ScratchFolder, "test"));
        TableWriter train = await Task.Run(() => session.Write($"SELECT {own} FROM {numbered} WHERE NOT ({isTest})", trainFolder, cancel), cancel);
        context.Progress(0.7);
        TableWriter test = await Task.Run(() => session.Write($"SELECT {own} FROM {numbered} WHERE {isTest}", testFolder, cancel), cancel);
        ColumnLineage same = ColumnLineage.Same("table", columns.Select(c => c.Name));
        context.Log($"{train.Rows} training rows, {test.Rows} test rows");
        if (train.Rows == 0 || test.Rows == 0)
            context.Log("One of the parts is empty; look at the boundary or the fraction.");
        return new Outputs(
            await context.Artifacts.PutFolderAsync(trainFolder, "table", cancel),
            await context.Artifacts.PutFolderAsync(testFolder, "table", cancel), train.Rows, test.Rows,
            await LineageFile.WriteColumnsAsync(context, cancel, ("train", same), ("test", same)));
    }

    private static string TimeCondition(DuckSession session, TimeSplit time, IReadOnlyList<(string Name, string Type)> columns)
    {
        Require(columns, time.Column);
        string column = DuckSession.Name(time.Column);
        if (!columns.First(c => c.Name == time.Column).Type.StartsWith("TIMESTAMP", StringComparison.Ordinal))
            throw DataErrors.Bad("DATA-052", $"The column '{time.Column}' is no timestamp. Collect or cast it as one.");
        long without = session.Count($"SELECT count(*) FROM source WHERE {column} IS NULL");
        if (without > 0)
            throw DataErrors.Bad("DATA-052", $"{without} rows have no '{time.Column}', so they belong to neither part. Clean them first.");
        long boundary;
        if (time.Boundary is { } text)
        {
            if (!Bees.ValueParser.TryIso(System.Text.Encoding.UTF8.GetBytes(text), out boundary))
                throw DataErrors.Bad("DATA-050", $"The boundary '{text}' is no ISO 8601 instant such as 2011-06-01 or 2011-06-01T12:00:00Z.");
        }
        else
        {
            boundary = session.Count(string.Create(CultureInfo.InvariantCulture,
                $"SELECT epoch_us(quantile_disc({column}, {1 - time.TestFraction!.Value:R})) FROM source"));
        }
        return string.Create(CultureInfo.InvariantCulture, $"{column} >= make_timestamp({boundary})");
    }

    private static string HashCondition(HashSplit hash, IReadOnlyList<(string Name, string Type)> columns)
    {
        foreach (string column in hash.Columns)
            Require(columns, column);
        return KeyHash.Below(hash.Seed, hash.Columns, hash.TestFraction);
    }

    private static void Require(IReadOnlyList<(string Name, string Type)> columns, string column)
    {
        if (!columns.Any(c => c.Name == column))
            throw DataErrors.Bad("DATA-031", $"The table has no column '{column}'.{DataErrors.DidYouMean(column, columns.Select(c => c.Name))} It has {DataErrors.Some(columns.Select(c => c.Name))}.");
    }
}
