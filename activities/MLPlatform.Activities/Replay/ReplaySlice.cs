using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Replay;

/// <summary>The rows of one step: the earlier ones, and the newest, by which a new model is judged.</summary>
/// <param name="From">Where the step begins, in UTC.</param>
/// <param name="Early">Files.</param>
/// <param name="Late">Files; empty where nothing is held out.</param>
internal sealed record ReplaySlice(DateTimeOffset From, long Rows, IReadOnlyList<string> Early, IReadOnlyList<string> Late)
{
    private const int Most = 1000;

    public IEnumerable<string> All => Early.Concat(Late);

    /// <summary>Cuts the table <c>source</c> of the session into steps, in the order of time. Steps without rows are left out.</summary>
    public static IReadOnlyList<ReplaySlice> Cut(DuckSession session, ReplayModel.Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        IReadOnlyList<(string Name, string Type)> columns = session.Columns("source");
        Require(columns, inputs.Time);
        Require(columns, inputs.Label);
        if (!columns.First(c => c.Name == inputs.Time).Type.StartsWith("TIMESTAMP", StringComparison.Ordinal))
            throw DataErrors.Bad("DATA-052", $"The column '{inputs.Time}' is no timestamp. Collect or cast it as one.");
        string time = DuckSession.Name(inputs.Time);
        long without = session.Count($"SELECT count(*) FROM source WHERE {time} IS NULL");
        if (without > 0)
            throw DataErrors.Bad("DATA-052", $"{without} rows have no '{inputs.Time}', so they belong to no step. Clean them first.");
        long step = inputs.Step.Ticks / TimeSpan.TicksPerMicrosecond;
        string number = string.Create(CultureInfo.InvariantCulture, $"(epoch_us({time}) // {step})");
        if (session.Count("SELECT count(*) FROM source") == 0)
            return [];
        long first = session.Count($"SELECT min({number}) FROM source"), last = session.Count($"SELECT max({number}) FROM source");
        if (last - first >= Most)
            throw DataErrors.Bad("DATA-052", $"The table spans {last - first + 1} steps of {inputs.Step}; a replay has at most {Most}. Take longer steps, or fewer days.");
        string own = string.Join(", ", columns.Select(c => DuckSession.Name(c.Name)));
        List<ReplaySlice> slices = [];
        for (long at = first; at <= last; at++)
        {
            string rows = string.Create(CultureInfo.InvariantCulture, $"(SELECT *, row_number() OVER (ORDER BY {time}) AS _mlp_row FROM source WHERE {number} = {at})");
            long count = session.Count(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM source WHERE {number} = {at}"));
            context.Progress(0.2 * (at - first) / (last - first + 1));
            if (count == 0)
                continue;
            long early = count - (long)Math.Floor(count * inputs.Holdout);
            slices.Add(new ReplaySlice(
                DateTimeOffset.UnixEpoch.AddMicroseconds((double)at * step), count,
                Write("early", $"_mlp_row <= {early}", at), early == count ? [] : Write("late", $"_mlp_row > {early}", at)));

            IReadOnlyList<string> Write(string part, string where, long of)
            {
                string folder = Path.Combine(context.ScratchFolder, "steps", string.Create(CultureInfo.InvariantCulture, $"{of - first:D4}-{part}"));
                session.Write($"SELECT {own} FROM {rows} WHERE {where} ORDER BY _mlp_row", folder, cancel);
                return [.. Directory.EnumerateFiles(folder, "*.parquet").Order(StringComparer.Ordinal)];
            }
        }
        return slices;
    }

    private static void Require(IReadOnlyList<(string Name, string Type)> columns, string column)
    {
        if (!columns.Any(c => c.Name == column))
            throw DataErrors.Bad("DATA-031", $"The table has no column '{column}'.{DataErrors.DidYouMean(column, columns.Select(c => c.Name))} It has {DataErrors.Some(columns.Select(c => c.Name))}.");
    }
}
