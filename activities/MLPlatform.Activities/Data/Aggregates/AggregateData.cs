using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Data.Aggregates;

/// <summary>
/// Groups the rows of a table and measures each group. Groups come in the order of the window and the columns they are
/// grouped by, missing values first, so the same table and inputs give the same bytes.
/// </summary>
/// <remarks>Works out of core: what does not fit in the attempt's memory spills to its scratch folder.</remarks>
[Activity("data.aggregate", Version = 1)]
[Description("Groups a table by columns and time windows and measures each group: counts, sums, means, extremes, distinct values, quantiles, most frequent values.")]
public sealed class AggregateData : IActivity<AggregateData.Inputs, AggregateData.Outputs>
{
    public sealed record Inputs
    {
        [Description("The table.")]
        public required ArtifactRef Table { get; init; }

        [Description("Columns computed first, by their names: SQL expressions over the table's columns. Default: none.")]
        public IReadOnlyDictionary<string, string> Derive { get; init; } = new Dictionary<string, string>();

        [Description("Take only rows for which this SQL condition is true. Default: all.")]
        public string? Where { get; init; }

        [Description("The columns to group by. Default: none; without a window either the result is one row.")]
        public IReadOnlyList<string> GroupBy { get; init; } = [];

        [Description("Windows of time to group by as well. Default: none.")]
        public TimeWindow? Window { get; init; }

        [MinLength(1)]
        [Description("What to measure in each group.")]
        public required IReadOnlyList<Measure> Measures { get; init; }
    }

    /// <param name="Table">One row for each group: the window's start, the columns grouped by, the measures.</param>
    /// <param name="Rows">Groups.</param>
    /// <param name="Read">Rows of the table.</param>
    /// <param name="Outside">Rows that no group holds: the condition leaves them out, or they are in no window.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(ArtifactRef Table, long Rows, long Read, long Outside, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("source", inputs.Table, cancel);
            session.Shut();
            AggregateQuery query = AggregateQuery.Build(session, inputs);
            // Sums of doubles depend on the order they are added in; with one thread there is only one.
            if (query.AddsDoubles)
                session.Execute("SET threads = 1");
            session.Seal();
            string folder = Path.Combine(context.ScratchFolder, "groups");
            long read = session.Count("SELECT count(*) FROM source"), grouped = session.Count(query.CountSql);
            TableWriter table = await Task.Run(() => session.Write(query.Sql, folder, cancel), cancel);
            context.Log($"{read} rows in {table.Rows} groups, {read - grouped} in none");
            context.Report("rows", table.Rows);
            ColumnLineage? lineage = SqlColumns.Of(session, query.Sql, new Dictionary<string, string> { ["source"] = "table" }, context);
            return new Outputs(await context.Artifacts.PutFolderAsync(folder, "table", cancel), table.Rows, read, read - grouped,
                await LineageFile.WriteColumnsAsync(context, cancel, ("table", lineage)));
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }
}
