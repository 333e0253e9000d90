using CsCheck;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using Xunit;

namespace MLPlatform.Tests.Sweeps;

public sealed class SweepMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly SweepSettings Settings = new()
    {
        Pipeline = "p",
        Objective = new Objective { Output = "y", Direction = Direction.Minimize },
        Space = new Dictionary<string, Dimension> { ["x"] = new FloatDimension { Min = 0, Max = 1 } },
        Parallel = 3,
        Startup = 4,
        Budget = new SweepBudget { Trials = 12 },
    };

    // Crashes lose what was decided and not committed, and what was committed and not started: both are random here.
    [Fact]
    public void Whenever_it_crashes_no_trial_is_lost_or_doubled() => Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 2].Array[60]).Sample((seed, luck) =>
    {
        World world = new(Settings with { Seed = seed });
        for (int look = 0; world.Sweep.State is not SweepState.Ended; look++)
        {
            int fate = look < luck.Length ? luck[look] : 2;
            SweepDecision decision = world.Look();
            if (fate == 0)
                continue; // Crashed before the commit.
            world.Commit(decision);
            if (fate == 2)
                world.StartRuns(); // Else crashed before the runs were started.
            world.FinishOne();
        }
        Assert.Equal(12, world.Trials.Count);
        Assert.Equal(Enumerable.Range(0, 12), world.Trials.Keys);
        Assert.All(world.Trials.Values, t => Assert.IsType<TrialState.Completed>(t.State));
        Assert.Equal(12, world.Started.Count);
        Assert.True(world.MostAtOnce <= 3);
    }, iter: 200);

    [Fact]
    public void The_same_results_give_the_same_trials()
    {
        static string Play()
        {
            World world = new(Settings);
            world.PlayToTheEnd();
            return string.Join(' ', world.Trials.Values.Select(t => t.Parameters["x"].GetRawText()));
        }
        Assert.Equal(Play(), Play());
    }

    [Fact]
    public void A_sweep_whose_trials_fail_ends_as_failed_with_the_reason()
    {
        World world = new(Settings with { Budget = new SweepBudget { Trials = 50, Failures = 3 } }) { Fails = true };
        world.PlayToTheEnd();
        var ended = Assert.IsType<SweepState.Ended>(world.Sweep.State);
        Assert.Equal(SweepEnd.Failed, ended.End);
        Assert.Contains("BOOM", ended.Because, StringComparison.Ordinal);
        Assert.InRange(world.Trials.Count, 3, 6);
    }

    [Fact]
    public void When_the_time_is_over_trials_that_run_are_stopped_and_the_sweep_is_complete()
    {
        World world = new(Settings with { Budget = new SweepBudget { Time = TimeSpan.FromMinutes(5) } });
        world.Commit(world.Look());
        world.StartRuns();
        world.Now = Start.AddMinutes(5);
        world.Commit(world.Look());
        Assert.All(world.Trials.Values, t => Assert.IsType<TrialState.Stopping>(t.State));
        world.CancelRuns();
        world.Commit(world.Look());
        Assert.Equal((SweepEnd.Completed, "its time is over"), world.Sweep.State is SweepState.Ended e ? (e.End, e.Because) : default);
        Assert.All(world.Trials.Values, t => Assert.IsType<TrialState.Stopped>(t.State));
    }

    [Fact]
    public void A_run_that_was_done_before_it_heard_that_it_should_stop_counts()
    {
        World world = new(Settings with { Parallel = 1 });
        world.Commit(world.Look());
        world.StartRuns();
        world.Sweep = world.Sweep with { State = new SweepState.Stopping(SweepEnd.Stopped, "stopped by ann") };
        world.Commit(world.Look());
        world.FinishOne();
        world.Commit(world.Look());
        Assert.IsType<TrialState.Completed>(world.Trials[0].State);
        Assert.Equal(SweepEnd.Stopped, Assert.IsType<SweepState.Ended>(world.Sweep.State).End);
    }

    [Fact]
    public void A_sweep_stops_when_the_run_that_waits_for_it_has_gone_on()
    {
        World world = new(Settings);
        world.Commit(SweepMachine.Decide(world.Picture() with { WaiterEnded = true }));
        Assert.Equal(SweepEnd.Stopped, Assert.IsType<SweepState.Ended>(world.Sweep.State).End);
        Assert.Empty(world.Trials);
    }

    [Fact]
    public void Runs_of_trials_have_ids_that_follow_from_the_trial_and_sort_by_time()
    {
        SweepId sweep = new(Guid.Parse("01a20be7-db0a-7e90-ac20-0ff027f49081"));
        Assert.Equal(sweep.RunOf(3, Start), sweep.RunOf(3, Start));
        Assert.NotEqual(sweep.RunOf(3, Start), sweep.RunOf(4, Start));
        Assert.True(string.CompareOrdinal(sweep.RunOf(9, Start).ToString(), sweep.RunOf(1, Start.AddSeconds(1)).ToString()) < 0);
        Assert.Equal(7, sweep.RunOf(3, Start).Value.Version);
    }

    /// <summary>A store and an engine in memory.</summary>
    private sealed class World(SweepSettings settings)
    {
        private readonly Dictionary<RunId, RunStatus> _runs = [];

        public Sweep Sweep { get; set; } = new(new SweepId(Guid.Empty), "s", "p", settings, "{}", null, null, "ann", null, Start, 0, new SweepState.Running());
        public SortedDictionary<int, Trial> Trials { get; } = [];
        public List<RunId> Started { get; } = [];
        public DateTimeOffset Now { get; set; } = Start;
        public bool Fails { get; init; }
        public int MostAtOnce { get; private set; }

        public SweepPicture Picture() => new(Sweep, [.. Trials.Values], Trials.Values.Where(t => !t.State.IsTerminal).ToDictionary(t => t.Number, Facts), false, Now);

        public SweepDecision Look() => SweepMachine.Decide(Picture());

        public void Commit(SweepDecision decision)
        {
            foreach (Trial trial in decision.Trials)
                Trials[trial.Number] = trial;
            Sweep = Sweep with { State = decision.State, Revision = Sweep.Revision + 1 };
            MostAtOnce = Math.Max(MostAtOnce, Trials.Values.Count(t => !t.State.IsTerminal));
        }

        public void StartRuns()
        {
            foreach (Trial trial in Trials.Values.Where(t => t.State is TrialState.Running))
                if (_runs.TryAdd(trial.Run, RunStatus.Running))
                    Started.Add(trial.Run);
        }

        public void FinishOne()
        {
            if (_runs.FirstOrDefault(r => r.Value == RunStatus.Running) is { Key: var run } && run != default)
                _runs[run] = Fails ? RunStatus.Failed : RunStatus.Succeeded;
        }

        public void CancelRuns()
        {
            foreach (RunId run in _runs.Keys.ToList())
                _runs[run] = RunStatus.Cancelled;
        }

        public void PlayToTheEnd()
        {
            while (Sweep.State is not SweepState.Ended)
            {
                Commit(Look());
                StartRuns();
                FinishOne();
            }
        }

        private TrialFacts Facts(Trial trial)
        {
            RunStatus? status = _runs.TryGetValue(trial.Run, out RunStatus known) ? known : null;
            return new TrialFacts(status, null, status == RunStatus.Succeeded ? trial.Parameters["x"].GetDouble() : null, status == RunStatus.Failed ? "BOOM: broken" : null, []);
        }
    }
}
