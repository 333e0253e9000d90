using MLPlatform.Core.Drift;

namespace MLPlatform.Core.Deployments;

/// <summary>What a deployment answered and what came of it, minute by minute: what triggers look back at. Immutable.</summary>
public sealed class FeedbackSeries
{
    private readonly IReadOnlyList<(long Minute, int Count)> _events;
    private readonly IReadOnlyList<(long Minute, int Version, ServingCell Cell)> _cells;
    private readonly Dictionary<int, (long First, List<(long Minute, ServingCell Cell)> Cells)> _versions = [];

    /// <param name="events">Events by minute, ascending.</param>
    /// <param name="cells">Counts by minute and version, ascending.</param>
    /// <param name="shadows">Versions that answered nobody, left out here.</param>
    internal FeedbackSeries(
        DateTimeOffset? newest, IReadOnlyList<(long Minute, int Count)> events, IReadOnlyList<(long Minute, int Version, ServingCell Cell)> cells, IReadOnlyCollection<int> shadows)
    {
        (Newest, _events) = (newest, events);
        _cells = [.. cells.Where(c => !shadows.Contains(c.Version))];
        foreach ((long minute, int version, ServingCell cell) in _cells)
        {
            if (!_versions.TryGetValue(version, out var known))
                _versions[version] = known = (minute, []);
            known.Cells.Add((minute, cell));
        }
    }

    /// <summary>The latest instant of any impression or feedback: how far the story is told. Null before the first.</summary>
    public DateTimeOffset? Newest { get; }

    /// <summary>The first minute of the story; null before it began.</summary>
    public DateTimeOffset? Oldest => _cells.Count == 0 ? null : new DateTimeOffset(_cells[0].Minute * TimeSpan.TicksPerMinute, TimeSpan.Zero);

    /// <summary>Events of feedback in a stretch of time.</summary>
    public long Events(DateTimeOffset from, DateTimeOffset until) => _events.Where(e => e.Minute >= Minute(from) && e.Minute <= Minute(until)).Sum(e => (long)e.Count);

    /// <summary>The version that answered most in the newest quarter of a stretch, and when it began to answer; null where nothing was asked.</summary>
    public (int Version, DateTimeOffset Since)? Answering(DateTimeOffset from, DateTimeOffset until)
    {
        long first = Minute(until - (until - from) / 4), last = Minute(until);
        int? most = _versions.Select(v => (Version: v.Key, Rows: v.Value.Cells.Where(c => c.Minute >= first && c.Minute <= last).Sum(c => c.Cell.Impressions)))
            .Where(v => v.Rows > 0).OrderByDescending(v => v.Rows).ThenByDescending(v => v.Version).Select(v => (int?)v.Version).FirstOrDefault();
        return most is { } version ? (version, new DateTimeOffset(_versions[version].First * TimeSpan.TicksPerMinute, TimeSpan.Zero)) : null;
    }

    /// <summary>The figures of a version over a stretch of time, both ends included, to the minute.</summary>
    public VersionFigures Figures(int version, DateTimeOffset from, DateTimeOffset until) => Sum(version, from, until).Figures(version);

    /// <summary>
    /// How far the scores of a version have moved between two stretches: the population stability index over 24 bins of log-odds, and
    /// the Kolmogorov-Smirnov distance over all bins. Null where a stretch has no impressions.
    /// </summary>
    public (double Psi, double Ks)? ScoreDrift(int version, (DateTimeOffset From, DateTimeOffset Until) reference, (DateTimeOffset From, DateTimeOffset Until) now)
    {
        IReadOnlyList<long> theirs = Sum(version, reference.From, reference.Until).Scores(), own = Sum(version, now.From, now.Until).Scores();
        if (theirs.Count == 0 || own.Count == 0 || theirs.Sum() == 0 || own.Sum() == 0)
            return null;
        int width = Math.Max(1, own.Count / 24);
        List<(double, double)> wide = [.. Enumerable.Range(0, (own.Count + width - 1) / width)
            .Select(b => ((double)own.Skip(b * width).Take(width).Sum(), (double)theirs.Skip(b * width).Take(width).Sum()))];
        double distance = 0, a = 0, b = 0, ownRows = own.Sum(), theirRows = theirs.Sum();
        for (int bin = 0; bin < own.Count; bin++)
        {
            a += own[bin] / ownRows;
            b += theirs[bin] / theirRows;
            distance = Math.Max(distance, Math.Abs(a - b));
        }
        return (DriftFigures.PsiOf(wide), distance);
    }

    /// <summary>The column whose values have moved the most between two stretches, by its population stability index; null where nothing was counted.</summary>
    public (string Column, double Psi)? ColumnDrift(int version, (DateTimeOffset From, DateTimeOffset Until) reference, (DateTimeOffset From, DateTimeOffset Until) now)
    {
        IReadOnlyDictionary<string, int[]> theirs = Sum(version, reference.From, reference.Until).Columns(), own = Sum(version, now.From, now.Until).Columns();
        return own.Where(c => theirs.ContainsKey(c.Key))
            .Select(c => (Column: c.Key, Psi: DriftFigures.PsiOf([.. c.Value.Zip(theirs[c.Key], (a, b) => ((double)a, (double)b)).Where(bin => bin.Item1 + bin.Item2 > 0)])))
            .OrderByDescending(c => c.Psi).ThenBy(c => c.Column, StringComparer.Ordinal)
            .Select(c => ((string, double)?)c).FirstOrDefault();
    }

    private ServingCell Sum(int version, DateTimeOffset from, DateTimeOffset until)
    {
        ServingCell sum = new();
        if (!_versions.TryGetValue(version, out var known))
            return sum;
        foreach ((long minute, ServingCell cell) in known.Cells)
        {
            if (minute >= Minute(from) && minute <= Minute(until))
                sum.Add(cell);
        }
        return sum;
    }

    private static long Minute(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerMinute;
}
