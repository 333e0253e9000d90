using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features;

/// <summary>Learns from a training table what declared features need to know: boundaries, means, vocabularies. One pass, bounded memory.</summary>
public static class FeatureFitter
{
    /// <param name="declarations">What to make.</param>
    /// <param name="columnNames">The table's columns.</param>
    /// <param name="read">Streams the given columns of the training table.</param>
    public static FeatureSpec Fit(
        IReadOnlyList<FeatureDeclaration> declarations,
        IReadOnlyList<string> columnNames,
        Func<IReadOnlyList<string>, IEnumerable<ColumnBatch>> read)
    {
        FeatureDraft[] drafts = FeatureDrafts.Of(declarations, columnNames);
        string[] columns = [.. drafts.SelectMany(d => d.Columns).Distinct(StringComparer.Ordinal)];
        var missing = new long[columns.Length];
        var kinds = new ColumnKind[columns.Length];
        long rows = 0;
        foreach (ColumnBatch batch in read(columns))
        {
            for (int i = 0; i < columns.Length; i++)
            {
                kinds[i] = batch.Columns[i].Kind;
                missing[i] += CountMissing(batch.Columns[i]);
            }
            foreach (FeatureDraft draft in drafts)
                draft.Observe(batch, rows);
            rows += batch.Rows;
        }
        if (rows == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the table to fit features on has no rows");
        return new FeatureSpec
        {
            Rows = rows,
            Columns = [.. columns.Select((c, i) => new FittedColumn(c, kinds[i], missing[i]))],
            Features = [.. drafts.Select(d => d.Finish())],
        };
    }

    private static long CountMissing(Column column)
    {
        long missing = 0;
        for (int row = 0; row < column.Count; row++)
            missing += column.IsPresent(row) ? 0 : 1;
        return missing;
    }
}
