using CsCheck;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

/// <summary>
/// Random schedules on two replicas whose steps interleave at random, and which crash between any two of them: every
/// due instant has one run, or one record that says why it has none.
/// </summary>
public class TriggerCrashProperties
{
    private static readonly string[] Crons = ["*/5 * * * *", "0 * * * *", "17,43 * * * *", "30 2 * * *", "*/20 * * * * *"];

    [Fact]
    public void Every_due_instant_has_exactly_one_run_or_one_reason() =>
        Gen.Select(
            Gen.OneOf(Crons), Gen.Enum<CatchUp>(), Gen.Int[1, 3].Nullable(), Gen.Enum<WhenBusy>(), Gen.Int[0, int.MaxValue - 1],
            Gen.Int[0, 40].Array[2, 10])
        .Sample((cron, catchUp, most, busy, seed, steps) => Run(cron, catchUp, most, busy, new Random(seed), steps), iter: 150);

    private static void Run(string cron, CatchUp catchUp, int? most, WhenBusy busy, Random random, int[] steps)
    {
        TriggerWorld world = new("2026-03-28T23:17:03");
        world.Apply("p", new
        {
            triggers = new[] { new { type = "cron", cron, timeZone = "Europe/Berlin", catchUp = catchUp.ToString().ToLowerInvariant(), catchUpLimit = 7 } },
            maxActiveRuns = most ?? 10_000,
            whenBusy = busy.ToString().ToLowerInvariant(),
        });
        DateTimeOffset registered = world.Time.GetUtcNow();
        Interleaving turns = new(world, random, most);
        foreach (int minutes in steps)
        {
            world.Time.Advance(TimeSpan.FromSeconds(minutes * 60 + random.Next(60)));
            turns.Look(crashes: true);
            foreach (RunRow run in world.Runs.Values.Where(r => !r.Status.IsTerminal() && random.Next(2) == 0).ToList())
                world.End(run.Id, RunStatus.Succeeded);
        }
        for (bool more = true; more;)
        {
            turns.Look(crashes: false);
            List<RunRow> active = [.. world.Runs.Values.Where(r => !r.Status.IsTerminal())];
            active.ForEach(r => world.End(r.Id, RunStatus.Succeeded));
            more = active.Count > 0;
        }
        Check(world, CronSchedule.Of(new CronTrigger { Cron = cron, TimeZone = "Europe/Berlin" }), registered);
    }

    private static void Check(TriggerWorld world, CronSchedule schedule, DateTimeOffset registered)
    {
        Assert.Empty(world.BegunTwice);
        List<TriggerClaim> claims = [.. world.Claims.Values.OrderBy(c => c.Instant, StringComparer.Ordinal)];
        // A claim that was not dropped has its run, with its date; there is no other run.
        Assert.Equal(
            claims.Where(c => c.Dropped is null).Select(c => (c.Run.Value, c.LogicalDate)).Order(),
            world.Runs.Values.Select(r => (r.Id.Value, r.LogicalDate)).Order());
        Assert.Equal(world.Runs.Count, world.Runs.Values.Select(r => r.LogicalDate).Distinct().Count());
        // Each due instant has one claim; but for the oldest of a long gap, which share one.
        IEnumerable<DateTimeOffset> due = schedule.Between(registered, world.Time.GetUtcNow());
        if (claims.Find(c => c.Dropped?.Contains("before it", StringComparison.Ordinal) ?? false) is { } shared)
            due = due.SkipWhile(d => d < shared.LogicalDate);
        Assert.Equal(due, claims.SkipWhile(c => c.LogicalDate < due.FirstOrDefault()).Select(c => c.LogicalDate));
    }

    /// <summary>Lets two replicas take turns, one call at a time, in random order, and now and then kills one.</summary>
    private sealed class Interleaving
    {
        private readonly TriggerWorld _world;
        private readonly Random _random;
        private readonly int? _most;
        private readonly Dictionary<string, TriggerStand> _stands;
        private readonly List<(string Replica, TaskCompletionSource Turn)> _waiting = [];

        public Interleaving(TriggerWorld world, Random random, int? most)
        {
            (_world, _random, _most) = (world, random, most);
            _stands = new() { ["a"] = world.Stand("a"), ["b"] = world.Stand("b") };
            world.Gate = replica =>
            {
                TaskCompletionSource turn = new();
                _waiting.Add((replica, turn));
                return turn.Task;
            };
        }

        public void Look(bool crashes)
        {
            int fuse = crashes && _random.Next(3) > 0 ? _random.Next(40) : int.MaxValue;
            string[] looking = crashes && _random.Next(4) == 0 ? ["a"] : ["a", "b"];
            Dictionary<string, Task> looks = looking.ToDictionary(r => r, r => (Task)_stands[r].Cycle.RunOnceAsync(CancellationToken.None));
            while (_waiting.Count > 0)
            {
                int chosen = _random.Next(_waiting.Count);
                (string replica, TaskCompletionSource turn) = _waiting[chosen];
                _waiting.RemoveAt(chosen);
                if (fuse-- != 0)
                    turn.SetResult();
                else
                    Kill(replica, turn);
                if (_most is { } most)
                    Assert.True(_world.Runs.Values.Count(r => !r.Status.IsTerminal()) <= most, "more runs are active than maxActiveRuns");
            }
            foreach ((string replica, Task look) in looks)
                if (look.Exception?.InnerException is { } error and not Killed)
                    throw new InvalidOperationException($"replica {replica}", error);
        }

        private void Kill(string replica, TaskCompletionSource turn)
        {
            turn.SetException(new Killed());
            _stands[replica] = _world.Stand(replica); // it starts again with an empty memory
            if (_random.Next(2) == 0)
                _world.TakeOver(replica, replica == "a" ? "b" : "a");
        }
    }

    private sealed class Killed : Exception;
}
