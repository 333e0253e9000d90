namespace MLPlatform.Core.Runs;

/// <summary>How long something will take, and what that is told from.</summary>
public sealed record Forecast(double SecondsLeft, ForecastBasis Basis)
{
    /// <summary>With a smaller part done than this, what it says of itself is too little to count on.</summary>
    public const double LeastFraction = 0.01;

    /// <summary>How long it will take; null where nobody can tell.</summary>
    /// <param name="took">What it took so far.</param>
    /// <param name="fraction">How far it says it is, from 0 to 1.</param>
    /// <param name="earlier">How long it took when it succeeded before.</param>
    /// <param name="start">Where it was when it was first looked at, for one that goes on from what an earlier attempt reached; else its beginning.</param>
    public static Forecast? Of(TimeSpan took, double? fraction, IReadOnlyCollection<TimeSpan> earlier, ForecastStart start = default)
    {
        double done = (fraction ?? 0) - start.Fraction;
        double? told = done >= LeastFraction && fraction <= 1 && took > start.Took ? (took - start.Took).TotalSeconds * (1 - fraction.Value) / done : null;
        double? usual = Usual(took, earlier);
        // The more it has done, the more its own word counts.
        return (told, usual) switch
        {
            ({ } own, { } known) => new Forecast((own * fraction!.Value) + (known * (1 - fraction.Value)), ForecastBasis.Both),
            ({ } own, null) => new Forecast(own, ForecastBasis.Progress),
            (null, { } known) => new Forecast(known, ForecastBasis.History),
            _ => null,
        };
    }

    // The median of those that took longer than it has taken by now: the others tell nothing about it any more.
    private static double? Usual(TimeSpan took, IReadOnlyCollection<TimeSpan> earlier)
    {
        TimeSpan[] longer = [.. earlier.Where(e => e > took).Order()];
        if (longer.Length == 0)
            return null;
        TimeSpan median = longer.Length % 2 == 1 ? longer[longer.Length / 2] : (longer[(longer.Length / 2) - 1] + longer[longer.Length / 2]) / 2;
        return (median - took).TotalSeconds;
    }
}

/// <summary>Where something was when it was first looked at.</summary>
public readonly record struct ForecastStart(TimeSpan Took, double Fraction);

/// <summary>What a forecast is told from.</summary>
public enum ForecastBasis
{
    /// <summary>How far it says it is.</summary>
    Progress,

    /// <summary>How long it took before.</summary>
    History,

    /// <summary>Both, its own word the more the further it is.</summary>
    Both,
}
