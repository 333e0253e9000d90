using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Aggregates;

/// <summary>Windows of time as SQL. Windows of a fixed size begin at whole multiples of it since 1970-01-01 00:00 UTC.</summary>
internal static class WindowSql
{
    private const int MostCopies = 1000;

    /// <summary>The start of the window that an instant is in; with overlapping windows of the one numbered <c>w.copy</c>.</summary>
    public static string Start(TimeWindow window, string column)
    {
        (long every, int copies) = Check(window);
        if (window.Calendar is { } unit)
            return $"date_trunc('{unit.ToString().ToLowerInvariant()}', {column}::TIMESTAMP)::TIMESTAMP";
        // Floor, not truncation: instants before 1970 are in the window that begins before them.
        string micros = $"epoch_us({column}::TIMESTAMP)";
        string start = string.Create(CultureInfo.InvariantCulture, $"({micros} - (({micros} % {every}) + {every}) % {every})");
        return copies == 1 ? $"make_timestamp({start})" : string.Create(CultureInfo.InvariantCulture, $"make_timestamp({start} - w.copy * {every})");
    }

    /// <summary>What the rows are joined with so that each is in all its windows.</summary>
    public static string Copies(TimeWindow window)
    {
        int copies = Check(window).Copies;
        return copies == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" CROSS JOIN (SELECT range AS copy FROM range({copies})) w");
    }

    private static (long Every, int Copies) Check(TimeWindow window)
    {
        if ((window.Size is null) == (window.Calendar is null) || (window.Calendar is not null && window.Every is not null))
            throw DataErrors.Bad("DATA-112", "The window needs either size (with every, if windows overlap) or calendar.");
        if (window.Size is not { } size)
            return (0, 1);
        TimeSpan every = window.Every ?? size;
        if (size <= TimeSpan.Zero || every <= TimeSpan.Zero || every > size || size.Ticks % every.Ticks != 0 || every.Ticks % TimeSpan.TicksPerMicrosecond != 0)
            throw DataErrors.Bad("DATA-112", "The size of a window must be a whole multiple of 'every', both longer than nothing.");
        long copies = size.Ticks / every.Ticks;
        return copies <= MostCopies ? (every.Ticks / TimeSpan.TicksPerMicrosecond, (int)copies)
            : throw DataErrors.Bad("DATA-112", $"Every row would be in {copies} windows; at most {MostCopies} are possible. Let windows start further apart.");
    }
}
