using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.RegularExpressions;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Data;

/// <summary>
/// Runs one query over tables and keeps its result as a table. The query sees the given tables and nothing else: no
/// files, no network, no settings. It spills to disk when memory is short.
/// </summary>
/// <remarks>Rows keep the order the query gives them; without ORDER BY a join or GROUP BY has no order to rely on, and
/// then the same inputs may give the same rows in other bytes. A table partitioned by day has the date column <c>day</c>;
/// a result with such a column is partitioned by it.</remarks>
[Activity("data.sql", Version = 1)]
[Description("Runs one SELECT (DuckDB's SQL) over named tables; the result is a table, and its first row is also given as values.")]
public sealed partial class RunSql : IActivity<RunSql.Inputs, RunSql.Outputs>
{
    public sealed record Inputs
    {
        [MinLength(1)]
        [Description("The tables the query may read, by the names it uses for them.")]
        public required IReadOnlyDictionary<string, ArtifactRef> Tables { get; init; }

        [MinLength(1)]
        [Description("One query in DuckDB's SQL. Use ORDER BY where the order of rows matters.")]
        public required string Sql { get; init; }

        [Description("Values of the query's $name parameters: texts, numbers, truth values or null. Default: none.")]
        public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();
    }

    /// <param name="Table">The result.</param>
    /// <param name="Rows">Its rows.</param>
    /// <param name="Values">Its first row by column name, for counts and other single values; empty where there is no row.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(ArtifactRef Table, long Rows, IReadOnlyDictionary<string, JsonElement> Values, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            foreach ((string name, ArtifactRef table) in inputs.Tables.OrderBy(t => t.Key, StringComparer.Ordinal))
            {
                if (!PlainName.IsMatch(name))
                    throw DataErrors.Settings($"'{name}' is no name for a table: use letters, digits and underscores, and begin with a letter.");
                await session.AttachAsync(name, table, cancel);
            }
            session.Seal();
            string folder = Path.Combine(context.ScratchFolder, "result");
            Dictionary<string, JsonElement> values = [];
            (TableWriter result, IReadOnlyList<TableColumn> columns) = await Task.Run(() => Run(session, inputs, folder, values, cancel), cancel);
            context.Report("rows", result.Rows);
            ColumnLineage? lineage = SqlColumns.Of(session, inputs.Sql, inputs.Tables.Keys.ToDictionary(t => t, t => $"tables.{t}", StringComparer.OrdinalIgnoreCase), context, [.. columns.Select(c => c.Name)]);
            return new Outputs(await context.Artifacts.PutFolderAsync(folder, "table", cancel), result.Rows, values, await LineageFile.WriteColumnsAsync(context, cancel, ("table", lineage)));
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static (TableWriter, IReadOnlyList<TableColumn>) Run(DuckSession session, Inputs inputs, string folder, Dictionary<string, JsonElement> values, CancellationToken cancel)
    {
        using DuckQuery query = DuckQuery.Prepare(session, inputs.Sql);
        DuckQuery.RequireQuery(session, inputs.Sql);
        query.Bind(inputs.Parameters);
        TableWriter written = query.WriteTo(folder, cancel, (columns, row) =>
        {
            for (int i = 0; i < columns.Count; i++)
                values[columns[i].Name] = JsonSerializer.SerializeToElement(DuckVectors.Value(row[i], 0, columns[i].Type));
        });
        return (written, query.Written);
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*$")]
    private static partial Regex PlainName { get; }
}
