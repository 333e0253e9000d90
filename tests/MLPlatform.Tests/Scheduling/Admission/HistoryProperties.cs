using CsCheck;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>The invariants of scheduling, over random histories of arrivals, ends, lost nodes, quotas, reservations and restarts.</summary>
public sealed class HistoryProperties
{
    // Always the same ones, so that nothing turns red that was not touched; others are the benchmark's.
    private const string Seed = "0000KOIPe036";

    [Fact]
    public void Whatever_happens_nothing_is_given_out_twice_gangs_are_whole_quotas_hold_and_victims_are_needed() =>
        Histories.Any.Sample(h => { History.Run(h.Seed, h.Steps); }, seed: Seed, iter: 1_000, threads: 1, print: Histories.Text);
}
