using System.Text;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.Engine.Scheduling;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Live;

/// <summary>A machine of one core, on which one piece of work runs and others wait for it.</summary>
public sealed class WaitingOrderTests
{
    private const string Resources = """{ "groups": { "ads": { "quotas": { "default": { "nominal": { "cpu": 1 } } } } } }""";

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly AdmissionDesk _desk;
    private int _runs;

    public WaitingOrderTests()
    {
        PoolMachine machine = new("r1", "host", 1000, 1L << 30, [], new Dictionary<string, string>());
        _desk = new AdmissionDesk(new EngineOptions(), machine);
        ResourcesFile file = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(Resources), "resources.json").File!;
        _desk.Use(new QuotaBook(1, file, [], [machine], [], Start), [], new Dictionary<string, Core.Scheduling.Budgets.ResourceTime>());
    }

    [Fact]
    public void What_its_like_took_least_time_for_goes_first()
    {
        Waiting runs = Ask("blocker", Start);
        Assert.Equal(["blocker"], Decide(Start));
        Ask("long", Start);
        Ask("short", Start + Minute);
        Learn(Start + Minute, ("long", 3600), ("short", 30));
        _desk.Release(runs.Run, runs.Node);
        Assert.Equal(["short"], Decide(Start + (2 * Minute)));
    }

    [Fact]
    public void Until_something_is_known_whoever_came_first_goes_first()
    {
        Waiting runs = Ask("blocker", Start);
        Assert.Equal(["blocker"], Decide(Start));
        Ask("long", Start);
        Ask("short", Start + Minute);
        _desk.Release(runs.Run, runs.Node);
        Assert.Equal(["long"], Decide(Start + (2 * Minute)));
    }

    [Fact]
    public void What_waited_too_long_goes_before_all_others()
    {
        Waiting runs = Ask("blocker", Start);
        Assert.Equal(["blocker"], Decide(Start));
        Ask("long", Start);
        Learn(Start, ("long", 3600), ("short", 30));
        DateTimeOffset late = Start + TimeSpan.FromDays(2);
        Ask("short", late);
        _desk.Release(runs.Run, runs.Node);
        Assert.Equal(["long"], Decide(late));
    }

    [Fact]
    public void Of_the_like_whose_pipeline_asks_well_goes_first()
    {
        Waiting runs = Ask("blocker", Start);
        Assert.Equal(["blocker"], Decide(Start));
        Ask("wasteful", Start);
        Ask("economical", Start + Minute);
        Dictionary<WorkKind, Experience> read = new() { [new("wasteful", "a")] = Took(600) with { Standing = 20 }, [new("economical", "a")] = Took(600) with { Standing = 90 } };
        _desk.Learn([.. read.Keys], read, Start + Minute);
        _desk.Release(runs.Run, runs.Node);
        Assert.Equal(["economical"], Decide(Start + (2 * Minute)));
    }

    [Fact]
    public void What_runs_already_is_expected_to_end_by_what_is_learned()
    {
        Ask("blocker", Start);
        Assert.Equal(["blocker"], Decide(Start));
        Waiting waits = Ask("next", Start);
        Decide(Start);
        Assert.Null(_desk.Why(waits.Run, waits.Node, Start)!.Earliest);
        Learn(Start, ("blocker", 3600));
        Decide(Start + Minute);
        Assert.InRange(_desk.Why(waits.Run, waits.Node, Start + Minute)!.Earliest!.Value, Start + TimeSpan.FromHours(1), Start + TimeSpan.FromHours(2));
    }

    [Fact]
    public void What_is_known_is_read_again_after_a_while_only()
    {
        Ask("long", Start);
        Assert.Equal([new WorkKind("long", "a")], _desk.TakeUnread(Start));
        Learn(Start, ("long", 60));
        Ask("long", Start + Minute);
        Assert.Empty(_desk.TakeUnread(Start + Minute));
        Ask("long", Start + Foresight.Stands);
        Assert.Equal([new WorkKind("long", "a")], _desk.TakeUnread(Start + Foresight.Stands));
    }

    private Waiting Ask(string pipeline, DateTimeOffset at)
    {
        Waiting asked = new(new RunId(new Guid(++_runs, 0, 0, new byte[8])), 0, 0, pipeline, "a", "ads", "mia", new ResourceRequest(1000, 0), null, true, at);
        _desk.Add(asked);
        return asked;
    }

    private string[] Decide(DateTimeOffset now) => [.. _desk.Decide(now, _ => 1).Starts.Select(s => s.Asked.Pipeline)];

    private void Learn(DateTimeOffset now, params (string Pipeline, int Seconds)[] took)
    {
        Dictionary<WorkKind, Experience> read = took.ToDictionary(t => new WorkKind(t.Pipeline, "a"), t => Took(t.Seconds));
        _desk.Learn([.. read.Keys], read, now);
    }

    private static Experience Took(int seconds) => new([.. Enumerable.Repeat(TimeSpan.FromSeconds(seconds), 8)], null);
}
