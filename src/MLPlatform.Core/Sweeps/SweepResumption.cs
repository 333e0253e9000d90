using System.Globalization;

namespace MLPlatform.Core.Sweeps;

/// <summary>What a sweep may use when it is taken up again.</summary>
/// <param name="Trials">Trials in all, those that it had included; null: as before.</param>
/// <param name="Time">From now on; null: what was left when it ended.</param>
public sealed record SweepExtension(int? Trials, TimeSpan? Time);

/// <summary>Whether an ended sweep can go on.</summary>
public abstract record SweepResumption
{
    private SweepResumption() { }

    /// <param name="Settings">With its new budget.</param>
    /// <param name="Again">Trials to run again; those that completed or lost by a rule for early stops stand.</param>
    public sealed record GoesOn(SweepSettings Settings, IReadOnlyList<Trial> Again) : SweepResumption;

    public sealed record Refused(string Why, string Hint) : SweepResumption;

    /// <summary>
    /// A sweep goes on where it ended: trials that failed, or were cut off by its end, wait to be run again, and what it had not
    /// tried is tried. The time that passed in between does not count.
    /// </summary>
    public static SweepResumption Decide(Sweep sweep, IReadOnlyList<Trial> trials, SweepExtension more, DateTimeOffset now)
    {
        if (sweep.State is not SweepState.Ended ended)
            return new Refused("it has not ended", "'mlp sweeps show' tells how it goes.");
        TimeSpan? time = more.Time is { } extra ? now - sweep.CreatedAt + extra : sweep.Settings.Budget.Time + (now - ended.At);
        if (time <= now - sweep.CreatedAt)
            return new Refused("its time is over", "Give it more, with --time PT1H say.");
        SweepSettings settings = sweep.Settings with { Budget = sweep.Settings.Budget with { Trials = more.Trials ?? sweep.Settings.Budget.Trials, Time = time } };
        List<Trial> again =
        [
            .. trials.Where(t => t.State is TrialState.Failed || (t.State is TrialState.Stopped stopped && stopped.Because == ended.Because))
                .Select(t => t with { State = new TrialState.Waiting(), Rung = -1, Curve = [] }),
        ];
        return again.Count == 0 && Proposals.Next(settings, trials, trials.Count) is null
            ? new Refused(string.Create(CultureInfo.InvariantCulture, $"nothing is left to try: {trials.Count} trials are done"), "Give it more trials, with --trials N; of a grid or a list there are no more.")
            : new GoesOn(settings, again);
    }
}
