using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.Tests.Workspaces;

public sealed class IdlePolicyTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);
    private static readonly IdleRules Rules = new(TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(10), 0.05, 0.05);
    private static readonly SessionActivity Nothing = new([], [], 0, null, null, 0);

    public static TheoryData<string, SessionActivity, string> Work => new()
    {
        { "a cell that runs, however quiet", Nothing with { Kernels = [Kernel(0, busy: true)], Cores = 0 }, "a cell runs (python3)" },
        { "processors, whatever the kernels say", Nothing with { Kernels = [Kernel(0)], Cores = 0.5 }, "0.5 cores are busy" },
        { "a GPU", Nothing with { Gpu = 0.4 }, "a GPU is 40 % busy" },
    };

    [Theory, MemberData(nameof(Work))]
    public void What_computes_keeps_a_session_for_longer_than_any_limit(string _, SessionActivity seen, string by)
    {
        IdleVerdict.Keep kept = Assert.IsType<IdleVerdict.Keep>(Judge(seen, minutes: 600));
        Assert.Equal(Start.AddMinutes(600), kept.ActiveAt);
        Assert.Equal(by, kept.ActiveBy.Replace("40%", "40 %", StringComparison.Ordinal));
    }

    public static TheoryData<string, SessionActivity> Presence => new()
    {
        { "a kernel that ran", Nothing with { Kernels = [Kernel(40)] } },
        { "a terminal", Nothing with { Terminals = [Start.AddMinutes(40), Start] } },
        { "a person at its page", Nothing with { Traffic = Start.AddMinutes(40) } },
    };

    [Theory, MemberData(nameof(Presence))]
    public void What_was_done_counts_from_when_it_was_done(string _, SessionActivity seen)
    {
        Assert.IsType<IdleVerdict.Keep>(Judge(seen, minutes: 89));
        Assert.Equal(Start.AddMinutes(100), Assert.IsType<IdleVerdict.Warn>(Judge(seen, minutes: 90)).ReclaimAt);
        Assert.IsType<IdleVerdict.Reclaim>(Judge(seen, minutes: 100, told: 90));
    }

    [Fact]
    public void A_page_that_is_merely_open_keeps_nothing() =>
        Assert.IsType<IdleVerdict.Reclaim>(Judge(Nothing with { Kernels = [Kernel(0, connections: 3)], Connections = 3, Cores = 0.01 }, minutes: 60, told: 50));

    [Fact]
    public void Nobody_loses_a_session_without_a_warning_also_where_nobody_could_look_for_a_day()
    {
        IdleVerdict.Warn late = Assert.IsType<IdleVerdict.Warn>(Judge(Nothing, minutes: 24 * 60));
        Assert.Equal(Start.AddMinutes((24 * 60) + 10), late.ReclaimAt);
        Assert.IsType<IdleVerdict.Warn>(Judge(Nothing, minutes: (24 * 60) + 9, told: 24 * 60));
        Assert.IsType<IdleVerdict.Reclaim>(Judge(Nothing, minutes: (24 * 60) + 10, told: 24 * 60));
    }

    [Fact]
    public void A_short_limit_warns_at_its_half() => Assert.Equal(TimeSpan.FromMinutes(4), (Rules with { Limit = TimeSpan.FromMinutes(8) }).WarnAfter);

    [Fact]
    public void A_clock_that_runs_ahead_does_not_keep_a_session()
    {
        IdleVerdict kept = Judge(Nothing with { Kernels = [Kernel(6000)] }, minutes: 10);
        Assert.Equal(Start.AddMinutes(10), kept.ActiveAt);
    }

    private static IdleVerdict Judge(SessionActivity seen, int minutes, int? told = null) =>
        IdlePolicy.Judge(Rules, seen, Start, "it started", told is { } at ? Start.AddMinutes(at) : null, Start.AddMinutes(minutes));

    private static SeenKernel Kernel(int minutes, bool busy = false, int connections = 0) => new("python3", busy, Start.AddMinutes(minutes), connections);
}
