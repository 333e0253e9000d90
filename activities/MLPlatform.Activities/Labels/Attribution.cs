using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// SQL that gives each event to the one thing it is about: to the latest candidate of its key that is not later than the
/// event, or, without times, to the only candidate of its key. Keys are the columns k0, k1, …, times the column t.
/// </summary>
/// <param name="Keys">How many columns a key has.</param>
/// <param name="Timed">Whether candidates and events have times.</param>
/// <param name="Window">The longest time from a candidate to an event, both ends included; null for no limit.</param>
internal sealed record Attribution(int Keys, bool Timed, TimeSpan? Window)
{
    public string KeyNames => string.Join(", ", Numbers.Select(k => $"k{k}"));

    private IEnumerable<int> Numbers => Enumerable.Range(0, Keys);

    /// <summary>Whether a row can be matched at all.</summary>
    public string Complete => string.Join(" AND ", Numbers.Select(k => $"k{k} IS NOT NULL")) + (Timed ? " AND t IS NOT NULL" : "");

    /// <summary>Candidates out of rows with their number i. Of those with the same key and time the first stands for all, so that the choice is always the same.</summary>
    public string Candidates(string from) => $"SELECT {KeyNames}{(Timed ? ", t" : "")}, min(i) AS i FROM {from} WHERE {Complete} GROUP BY ALL";

    /// <summary>
    /// The rows of an event table with their number f, keys, time and value. Of equal events the first is none's duplicate.
    /// </summary>
    /// <param name="known">A condition over the columns that holds for events to look at.</param>
    /// <param name="same">Events equal in these columns are one event.</param>
    public static string Numbered(string from, IReadOnlyList<string> keys, string? time, string? value, IEnumerable<string> same, string known = "true") => $"""
        SELECT *, row_number() OVER (PARTITION BY {string.Join(", ", same.Select(c => DuckSession.Name("_mlp_" + c)))} ORDER BY f) > 1 AS duplicate
        FROM (SELECT row_number() OVER () - 1 AS f, {KeyColumns(keys)}{As(time, "t")}{As(value, "v")}, COLUMNS(*) AS "_mlp_\0" FROM {from} WHERE {known})
        """;

    /// <summary>Every numbered event with the candidate it belongs to (i) and its fate: matched, duplicate, outside (the window) or unmatched.</summary>
    // A condition on the events alone must not stand in the ON of a left join: it would be run as a nested loop.
    public string Fates(string numbered, string candidates, bool hasValue) => $"""
        SELECT n.f, {string.Concat(Numbers.Select(k => $"n.k{k}, "))}n.duplicate, {(hasValue ? "n.v" : "NULL")} AS v, {(Timed ? "n.t" : "NULL")} AS t, c.i AS i,
          CASE WHEN n.duplicate THEN 'duplicate' WHEN c.i IS NOT NULL{InWindow} THEN 'matched' WHEN k.known{(Timed ? " AND n.t IS NOT NULL" : "")} THEN 'outside' ELSE 'unmatched' END AS fate
        FROM {numbered} n
        {(Timed ? "ASOF " : "")}LEFT JOIN {candidates} c ON {On("n", "c")}{(Timed ? " AND n.t >= c.t" : "")}
        LEFT JOIN (SELECT DISTINCT {KeyNames}, true AS known FROM {candidates}) k ON {On("n", "k")}
        """;

    /// <summary>Columns of a table as the key's columns.</summary>
    public static string KeyColumns(IReadOnlyList<string> columns) => string.Join(", ", columns.Select((c, k) => $"{DuckSession.Name(c)} AS k{k}"));

    /// <summary>A column under another name, after a comma; nothing for none.</summary>
    public static string As(string? column, string name) => column is null ? "" : $", {DuckSession.Name(column)} AS {name}";

    private string InWindow => Window is { } window
        ? string.Create(CultureInfo.InvariantCulture, $" AND epoch_us(n.t) - epoch_us(c.t) <= {(long)window.TotalMicroseconds}") : "";

    private string On(string left, string right) => string.Join(" AND ", Numbers.Select(k => $"{left}.k{k} = {right}.k{k}"));
}
