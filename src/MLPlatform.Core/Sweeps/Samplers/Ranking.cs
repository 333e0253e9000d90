namespace MLPlatform.Core.Sweeps;

/// <summary>Trials from the best to the worst.</summary>
public static class Ranking
{
    /// <summary>Those that completed by value; then those that were stopped, the furthest first; then those that failed.</summary>
    public static List<Trial> Order(IEnumerable<Trial> trials, Direction direction) =>
    [
        .. trials.OrderBy(t => t.State switch { TrialState.Completed => 0, TrialState.Stopped { Value: not null } => 1, _ => 2 })
            .ThenByDescending(t => t.State is TrialState.Stopped && t.Curve.Count > 0 ? t.Curve[^1].Step : 0)
            .ThenBy(t => ValueOf(t) is { } value && double.IsFinite(value) ? (direction == Direction.Maximize ? -value : value) : double.PositiveInfinity)
            .ThenBy(t => t.Number),
    ];

    /// <summary>The completed trial with the best value, the earliest of several; null where none completed.</summary>
    public static Trial? Best(IEnumerable<Trial> trials, Direction direction) =>
        Order(trials, direction).FirstOrDefault(t => t.State is TrialState.Completed { Value: var value } && double.IsFinite(value));

    public static double? ValueOf(Trial trial) => trial.State switch
    {
        TrialState.Completed done => done.Value,
        TrialState.Stopped stopped => stopped.Value,
        _ => null,
    };
}
