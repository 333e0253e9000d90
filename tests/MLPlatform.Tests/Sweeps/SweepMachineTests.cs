using System.Text.Json;
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

    // It is stopped, resumed and crashes at random; a trial has a new run for each time it was taken up again, and one result.
    [Fact]
    public void However_often_it_is_stopped_and_resumed_each_trial_gets_its_result_and_no_more_run_than_may() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 4].Array[80]).Sample((seed, luck) =>
    {
        World world = new(Settings with { Seed = seed });
        for (int look = 0; ; look++)
        {
            int fate = look < luck.Length ? luck[look] : 2;
            world.Now = world.Now.AddSeconds(1);
            if (world.Sweep.State is SweepState.Ended && world.Resume(new SweepExtension(null, null)) is null)
                break; // Nothing is left, also where somebody stopped it at its very end.
            if (fate == 3 && world.Sweep.State is SweepState.Running)
                world.Sweep = world.Sweep with { State = new SweepState.Stopping(SweepEnd.Stopped, "stopped by ann") };
            SweepDecision decision = world.Look();
            if (fate == 0)
                continue;
            world.Commit(decision);
            if (fate == 1)
                continue;
            world.StartRuns();
            world.CancelStopping();
            world.FinishOne();
        }
        Assert.Equal(Enumerable.Range(0, 12), world.Trials.Keys);
        Assert.All(world.Trials.Values, t => Assert.IsType<TrialState.Completed>(t.State));
        Assert.True(world.MostAtOnce <= 3, $"{world.MostAtOnce}");
    }, iter: 200);

    [Fact]
    public void A_resumed_sweep_runs_again_what_failed_or_was_cut_off_and_leaves_what_lost_or_completed()
    {
        World world = new(Settings with { Budget = new SweepBudget { Trials = 4, Time = TimeSpan.FromHours(1) } });
        TrialState[] states =
        [
            new TrialState.Completed(0.5, Start), new TrialState.Stopped("at step 3 it was number 9 of 9", 3, Start),
            new TrialState.Stopped("stopped by ann", null, Start), new TrialState.Failed("BOOM", Start),
        ];
        for (int i = 0; i < 4; i++)
            world.Trials[i] = new Trial(i, new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse("0.5") }, world.Sweep.Id.RunOf(i, Start), Start, 2, [new(1, 1)], states[i]);
        world.Sweep = world.Sweep with { State = new SweepState.Ended(SweepEnd.Stopped, "stopped by ann", Start.AddMinutes(20)) };
        world.Now = Start.AddDays(1);
        SweepResumption.GoesOn on = world.Resume(new SweepExtension(null, null))!;
        Assert.Equal([2, 3], on.Again.Select(t => t.Number));
        Assert.Equal(TimeSpan.FromMinutes(40), Start + on.Settings.Budget.Time - world.Now); // A day in between does not count.
        world.Commit(world.Look());
        Assert.Equal(["Completed", "Stopped", "Running", "Running"], world.Trials.Values.Select(t => t.State.GetType().Name));
        Assert.NotEqual(world.Sweep.Id.RunOf(2, Start), world.Trials[2].Run);
    }

    [Theory]
    [InlineData(12, null, null, "nothing is left to try: 12 trials are done")]
    [InlineData(12, 13, null, null)]
    [InlineData(3, null, null, "its time is over")]
    [InlineData(3, null, 5, null)]
    public void What_has_nothing_left_is_not_resumed_without_more(int done, int? trials, int? minutes, string? refusal)
    {
        Sweep sweep = new World(Settings with { Budget = new SweepBudget { Trials = 12, Time = done == 3 ? TimeSpan.FromMinutes(9) : null } }).Sweep;
        sweep = sweep with { State = new SweepState.Ended(SweepEnd.Completed, "because", Start.AddMinutes(10)) };
        Trial[] all = [.. Enumerable.Range(0, done).Select(i => new Trial(i, new Dictionary<string, JsonElement>(), sweep.Id.RunOf(i, Start), Start, -1, [], new TrialState.Completed(1, Start)))];
        SweepResumption decided = SweepResumption.Decide(sweep, all, new SweepExtension(trials, minutes is { } m ? TimeSpan.FromMinutes(m) : null), Start.AddHours(1));
        Assert.Equal(refusal, (decided as SweepResumption.Refused)?.Why);
        Assert.IsType<SweepResumption.Refused>(SweepResumption.Decide(sweep with { State = new SweepState.Running() }, all, new SweepExtension(99, null), Start));
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

        public SweepPicture Picture() => new(Sweep, [.. Trials.Values], Trials.Values.Where(t => t.State is TrialState.Running or TrialState.Stopping).ToDictionary(t => t.Number, Facts), false, Now);

        public SweepDecision Look() => SweepMachine.Decide(Picture());

        public void Commit(SweepDecision decision)
        {
            foreach (Trial trial in decision.Trials)
                Trials[trial.Number] = trial;
            Sweep = Sweep with { State = decision.State, Revision = Sweep.Revision + 1 };
            MostAtOnce = Math.Max(MostAtOnce, Trials.Values.Count(t => t.State is TrialState.Running or TrialState.Stopping));
        }

        public SweepResumption.GoesOn? Resume(SweepExtension more)
        {
            if (SweepResumption.Decide(Sweep, [.. Trials.Values], more, Now) is not SweepResumption.GoesOn on)
                return null;
            foreach (Trial trial in on.Again)
                Trials[trial.Number] = trial;
            Sweep = Sweep with { State = new SweepState.Running(), Settings = on.Settings, Revision = Sweep.Revision + 1 };
            return on;
        }

        public void CancelStopping()
        {
            foreach (Trial trial in Trials.Values.Where(t => t.State is TrialState.Stopping))
                _runs[trial.Run] = RunStatus.Cancelled;
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
