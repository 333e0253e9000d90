using System.Text;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.Engine.Scheduling;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Live;

/// <summary>A machine of forty cores that knows short work and long work, half of each.</summary>
public sealed class HeadroomTests
{
    private const string Resources = """
        { "pools": { "default": { "overflow": ["far"] }, "far": { "executor": "cluster" } },
          "groups": { "ads": { "quotas": { "default": { "nominal": { "cpu": 80 } }, "far": { "nominal": { "cpu": 0 }, "borrowingLimit": { "cpu": 0 } } } } } }
        """;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly AdmissionDesk _desk;
    private readonly PoolMachine _machine = new("r1", "host", 40_000, 1L << 36, [], new Dictionary<string, string>());
    private int _runs;

    public HeadroomTests()
    {
        _desk = new AdmissionDesk(new EngineOptions(), _machine);
        Use(Resources, _machine);
        Dictionary<WorkKind, Experience> read = new() { [new("long", "a")] = Took(3600), [new("short", "a")] = Took(60) };
        _desk.Learn([.. read.Keys], read, Start);
        // As many minutes as of forty long ones: a half of all work is short, and 15 % of that half is kept for it, 3 of 40 cores.
        foreach (Waiting done in Enumerable.Range(0, 2400).Select(_ => Ask("short", Start)).ToList())
            _desk.Cancel(done.Run, done.Node);
    }

    [Fact]
    public void Long_work_leaves_some_cores_to_short_work_and_says_so()
    {
        List<Waiting> longs = [.. Enumerable.Range(0, 40).Select(_ => Ask("long", Start))];
        Assert.Equal(37, Decide(Start).Length);
        Waiting last = longs[^1];
        WaitReason why = _desk.Why(last.Run, last.Node, Start)!;
        Assert.Equal(WaitCause.Headroom, why.Cause);
        Assert.Contains("leaves a part of pool 'default' to shorter work", why.What, StringComparison.Ordinal);

        Ask("short", Start + Minute);
        Assert.Equal(["short"], Decide(Start + Minute));
        // The end of a long one lets the next begin, and no other.
        _desk.Release(longs[0].Run, longs[0].Node);
        Assert.Equal(["long"], Decide(Start + (2 * Minute)));
        Assert.Empty(Decide(Start + (3 * Minute)));
        // Nobody waits for ever.
        Assert.Equal(["long", "long"], Decide(Start + TimeSpan.FromDays(30)));
    }

    [Fact]
    public void What_runs_elsewhere_in_the_pool_counts_and_what_runs_beyond_it_does_not()
    {
        Use(Resources.Replace("\"cpu\": 0", "\"cpu\": 20", StringComparison.Ordinal), _machine, _machine with { Replica = "r2", Name = "other" });
        foreach (Waiting done in Enumerable.Range(0, 4800).Select(_ => Ask("short", Start)).ToList())
            _desk.Cancel(done.Run, done.Node);
        // 6 of 80 cores are kept now; another server runs 39 of long work.
        _desk.SetOthers([.. Enumerable.Range(0, 39).Select(i => new Allocation(
            new AttemptId(new RunId(new Guid(9000 + i, 0, 0, new byte[8])), 0, 1), "r2", "default", "other", "ads", "mia", "long", new Amount(1000, 0, 0), [], 0, true, false, Start))]);
        List<Waiting> longs = [.. Enumerable.Range(0, 70).Select(_ => Ask("long", Start))];
        Dictionary<string, int> pools = _desk.Decide(Start, _ => 1).Starts.GroupBy(s => s.Holds.Pool).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(20, pools["far"]);
        Assert.InRange(pools["default"], 34, 38);
        // Forty are free on this machine, were it not for what is kept.
        _desk.SetOthers([]);
        Assert.Equal(40 - pools["default"], Decide(Start + Minute).Length);
        Assert.NotEqual(WaitCause.Headroom, _desk.Why(longs[^1].Run, longs[^1].Node, Start + Minute)!.Cause);
    }

    private void Use(string resources, params PoolMachine[] machines)
    {
        ResourcesFile file = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(resources), "resources.json").File!;
        _desk.Use(new QuotaBook(machines.Length, file, [], machines, [], Start), [], new Dictionary<string, Core.Scheduling.Budgets.ResourceTime>());
    }

    private Waiting Ask(string pipeline, DateTimeOffset at)
    {
        Waiting asked = new(new RunId(new Guid(++_runs, 0, 0, new byte[8])), 0, 0, pipeline, "a", "ads", "mia", new ResourceRequest(1000, 0), null, true, at);
        _desk.Add(asked);
        return asked;
    }

    private string[] Decide(DateTimeOffset now) => [.. _desk.Decide(now, _ => 1).Starts.Select(s => s.Asked.Pipeline)];

    private static Experience Took(int seconds) => new([.. Enumerable.Repeat(TimeSpan.FromSeconds(seconds), 8)], null);
}
