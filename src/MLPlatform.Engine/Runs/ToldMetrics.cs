using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>The points of an attempt that were handed to the journal while it ran.</summary>
/// <param name="Number">The attempt's number.</param>
/// <param name="Count">How many, in the order it wrote them.</param>
/// <param name="Last">The last of them.</param>
internal readonly record struct ToldMetrics(int Number, int Count, MetricPoint Last)
{
    /// <summary>What of all its points is new; all of it where it wrote its file anew.</summary>
    public IEnumerable<MetricPoint> Untold(int number, IReadOnlyList<MetricPoint> all) =>
        Count > 0 && Number == number && all.Count >= Count && Same(all[Count - 1]) ? all.Skip(Count) : all;

    // The instant is that of the reading where the point tells none.
    private bool Same(in MetricPoint point) => (point.Name, point.Step, point.Value) == (Last.Name, Last.Step, Last.Value);
}
