namespace MLPlatform.Core.Scheduling.Score;

/// <summary>
/// Nobody is passed over for ever. Who waited longer than the limit goes before all others, the longest overdue first, and what is promised to it is not put off.
/// The limit follows the backlog: how long all that waits and runs would take the whole pool.
/// </summary>
public static class WaitLimit
{
    /// <summary>Waiting takes at most so many times the backlog.</summary>
    public const double Backlogs = 4.5;

    /// <summary>So much of its own run time counts as if it had waited it: long work ends late however soon it starts.</summary>
    public const double OwnTime = 0.4;

    /// <summary>With less than so much of the typical run time waited, nobody is overdue: a short backlog says little.</summary>
    public const double LeastOfTypical = 0.2;

    /// <summary>Whether work has waited too long.</summary>
    /// <param name="waited">Seconds since it came.</param>
    /// <param name="seconds">Its run time.</param>
    /// <param name="backlog">Seconds that all work would take, waiting and running, if it filled the pool.</param>
    /// <param name="typical">The pool's typical run time (<see cref="WorkProfile.Typical"/>).</param>
    public static bool Overdue(double waited, double seconds, double backlog, double typical) =>
        waited > Math.Max((Backlogs * backlog) - (OwnTime * seconds), LeastOfTypical * typical);

    /// <summary>Of overdue work, smaller goes first.</summary>
    public static double Key(double came, double seconds) => came - (OwnTime * seconds);

    /// <summary>The same for who puts larger first, and before all that is not overdue.</summary>
    public static double Order(double came, double seconds) => Before - Key(came, seconds);

    // Larger than any key by far, and small enough that seconds still tell keys apart.
    private const double Before = 1e12;
}
