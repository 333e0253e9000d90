using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// Chooses the rows that a model is least sure of, for people to label next, and on demand rows that are unlike each other. Equally
/// unsure rows are taken in their order, so the same table gives the same choice.
/// </summary>
[Activity("label.select", Version = 1)]
[Description("Chooses the rows of a scored table that a model is least sure of, and that are unlike each other, for people to label next.")]
public sealed class SelectForLabeling : IActivity<SelectForLabeling.Inputs, SelectForLabeling.Outputs>
{
    /// <summary>How unsure a row is.</summary>
    public enum Uncertainty
    {
        /// <summary>The entropy of the probabilities, in bits.</summary>
        Entropy,

        /// <summary>One less the distance between the two largest probabilities.</summary>
        Margin,

        /// <summary>One less the largest probability.</summary>
        LeastConfidence,
    }

    public sealed record Inputs
    {
        [Description("The scored rows, without those that are labeled already.")]
        public required ArtifactRef Table { get; init; }

        [MinLength(1)]
        [Description("The columns with the probability of each label; one column alone is the probability of yes.")]
        public required IReadOnlyList<string> Probabilities { get; init; }

        [Description("How unsure a row is: entropy, margin or leastConfidence. Default: entropy.")]
        public Uncertainty By { get; init; } = Uncertainty.Entropy;

        [Range(1, 100_000)]
        [Description("Rows to choose.")]
        public required int Count { get; init; }

        [MinLength(1)]
        [Description("Columns whose words tell how much alike rows are, so that people do not label the same thing over and over. Default: the least sure rows, alike or not.")]
        public IReadOnlyList<string>? DiverseBy { get; init; }

        [Range(1, 100)]
        [Description("With diverseBy: how many of the least sure rows there are to choose from, for each row to choose. Default: 10.")]
        public int Among { get; init; } = 10;
    }

    /// <summary>Most rows that a diverse choice looks at.</summary>
    private const int MostDiverse = 200_000;

    /// <param name="Table">The chosen rows, the least sure first, with their uncertainty.</param>
    /// <param name="Unscored">Rows without a probability from 0 to 1 in each column; they are never chosen.</param>
    public sealed record Outputs(ArtifactRef Table, long Rows, long Selected, long Unscored);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("rows", inputs.Table, cancel);
            session.Seal();
            Check(session, inputs);
            string folder = Path.Combine(context.ScratchFolder, "selected");
            (long[] counts, long selected) = await Task.Run(() =>
                (session.Counts($"SELECT count(*), count(*) FILTER (WHERE NOT COALESCE({Scored(inputs)}, false)) FROM rows"), Select(session, inputs, folder, cancel)), cancel);
            context.Log($"{selected} of {counts[0]} rows selected; {counts[1]} have no usable probability");
            return new Outputs(await context.Artifacts.PutFolderAsync(folder, "table", cancel), counts[0], selected, counts[1]);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static long Select(DuckSession session, Inputs inputs, string folder, CancellationToken cancel)
    {
        session.Run($"CREATE TEMP TABLE scored AS {Query(inputs)}", cancel);
        if (inputs.DiverseBy is { } columns)
        {
            // 1. See the words of the candidates, 2. choose, 3. keep the chosen ones in their order.
            var candidates = session.Read($"SELECT uncertainty, {string.Join(", ", columns.Select(c => DuckSession.Name(c) + "::VARCHAR"))} FROM scored ORDER BY _mlp_rank",
                row => (Worth: row.GetDouble(0), Words: Enumerable.Range(1, columns.Count).Where(i => !row.IsDBNull(i)).SelectMany(i => Words(row.GetString(i))).ToList()));
            List<int> chosen = DiverseChoice.Choose([.. candidates.Select(c => c.Worth)], [.. candidates.Select(c => c.Words)], inputs.Count);
            session.Run($"CREATE TEMP TABLE chosen AS SELECT unnest([{string.Join(",", chosen)}]::BIGINT[]) AS _mlp_rank, generate_subscripts([{string.Join(",", chosen)}]::BIGINT[], 1) AS place", cancel);
            return session.Write("SELECT s.* EXCLUDE (_mlp_rank) FROM scored s JOIN chosen c USING (_mlp_rank) ORDER BY c.place", folder, cancel).Rows;
        }
        return session.Write("SELECT * EXCLUDE (_mlp_rank) FROM scored ORDER BY _mlp_rank", folder, cancel).Rows;
    }

    private static string[] Words(string text) => text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static void Check(DuckSession session, Inputs inputs)
    {
        IReadOnlyList<(string Name, string Type)> columns = session.Columns("rows");
        foreach (string name in inputs.Probabilities)
        {
            string type = columns.FirstOrDefault(c => c.Name == name).Type
                ?? throw DataErrors.Bad("DATA-031", $"The table has no column '{name}'.{DataErrors.DidYouMean(name, columns.Select(c => c.Name))} It has {DataErrors.Some(columns.Select(c => c.Name))}.");
            if (type is not ("DOUBLE" or "BIGINT"))
                throw DataErrors.Bad("LABEL-040", $"The column '{name}' is {type}; probabilities are numbers.");
        }
        foreach (string name in inputs.DiverseBy ?? [])
        {
            if (!columns.Any(c => c.Name == name))
                throw DataErrors.Bad("DATA-031", $"The table has no column '{name}'.{DataErrors.DidYouMean(name, columns.Select(c => c.Name))} It has {DataErrors.Some(columns.Select(c => c.Name))}.");
        }
        if (inputs.DiverseBy is not null && (long)inputs.Count * inputs.Among > MostDiverse)
            throw DataErrors.Bad("LABEL-041", $"A diverse choice of {inputs.Count} among {inputs.Among} times as many looks at more than {MostDiverse} rows. Choose fewer, or lower among.");
        if (columns.Any(c => c.Name.Equals("uncertainty", StringComparison.OrdinalIgnoreCase)))
            throw DataErrors.Bad("DATA-043", "The rows already have a column 'uncertainty'. Leave it out of them.");
    }

    /// <summary>The least sure rows with their rank, from 0.</summary>
    private static string Query(Inputs inputs) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT * EXCLUDE (_mlp_row), row_number() OVER (ORDER BY uncertainty DESC, _mlp_row) - 1 AS _mlp_rank
        FROM (SELECT row_number() OVER () - 1 AS _mlp_row, *, CASE WHEN {Scored(inputs)} THEN {Unsure(inputs)} END AS uncertainty FROM rows)
        WHERE uncertainty IS NOT NULL ORDER BY _mlp_rank LIMIT {(long)inputs.Count * (inputs.DiverseBy is null ? 1 : inputs.Among)}
        """);

    private static string Unsure(Inputs inputs)
    {
        string[] p = All(inputs);
        return inputs.By switch
        {
            Uncertainty.Entropy => string.Join(" + ", p.Select(x => $"(CASE WHEN {x} > 0 THEN -({x}) * log2({x}) ELSE 0 END)")),
            Uncertainty.Margin => $"1 - (list_sort([{string.Join(", ", p)}], 'DESC')[1] - list_sort([{string.Join(", ", p)}], 'DESC')[2])",
            _ => $"1 - greatest({string.Join(", ", p)})",
        };
    }

    private static string Scored(Inputs inputs) => "(" + string.Join(" AND ", inputs.Probabilities.Select(c => $"{DuckSession.Name(c)} BETWEEN 0 AND 1")) + ")";

    private static string[] All(Inputs inputs)
    {
        string[] given = [.. inputs.Probabilities.Select(c => DuckSession.Name(c) + "::DOUBLE")];
        return given.Length > 1 ? given : [given[0], $"(1 - {given[0]})"];
    }
}
