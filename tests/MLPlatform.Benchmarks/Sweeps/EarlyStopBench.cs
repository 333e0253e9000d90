using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Benchmarks.Sweeps;

/// <summary>
/// Learning curves that fall towards the value of a function, at speeds that differ and with noise: a trial's loss after an epoch
/// is its final one and what it has still to learn. The same 81 random trials are run to their end and with a rule. Once what a trial
/// begins with grows with where it ends, as it often does; once the two have nothing to do with each other, so that curves cross.
/// </summary>
internal static class EarlyStopBench
{
    private const int Trials = 81, Epochs = 81;

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    public static IReadOnlyList<(string Name, StopRule Rule)> Rules { get; } =
    [
        ("asha from step 9", new AshaRule { MinSteps = 9, Factor = 3 }),
        ("asha from step 3", new AshaRule { MinSteps = 3, Factor = 3 }),
        ("hyperband", new HyperbandRule { MinSteps = 3, MaxSteps = Epochs, Factor = 3 }),
        ("median", new MedianRule { MinSteps = 3 }),
    ];

    public static object Run(string name, StopRule rule, int seeds, int parallel, bool crossing)
    {
        List<(double Share, bool Same, double Gap)> all = [];
        foreach (TestFunction function in TestFunction.All.Where(f => f.Name is "branin" or "hartmann6"))
        {
            for (int seed = 1; seed <= seeds; seed++)
            {
                (double full, long fullEpochs) = Simulate(function, crossing ? Spread(function) : null, null, seed, parallel);
                (double stopped, long epochs) = Simulate(function, crossing ? Spread(function) : null, rule, seed, parallel);
                all.Add(((double)epochs / fullEpochs, stopped <= full, stopped - full));
            }
        }
        return new
        {
            rule = name,
            curves = crossing ? "crossing" : "alike",
            trials = Trials,
            epochs = Epochs,
            parallel,
            sweeps = all.Count,
            shareOfEpochs = new { median = Round(SweepBench.Median([.. all.Select(a => a.Share)])), most = Round(all.Max(a => a.Share)) },
            sameBestScore = all.Count(a => a.Same),
            largestGapOfBestLoss = Round(all.Max(a => a.Gap)),
        };
    }

    /// <summary>How far above its least value a function is half of the time.</summary>
    private static double Spread(TestFunction function)
    {
        SearchSpace space = new(function.Space);
        Random chance = new(1);
        return SweepBench.Median([.. Enumerable.Range(0, 1000).Select(_ => function.At(space.At([.. Enumerable.Range(0, space.Count).Select(_ => chance.NextDouble())])) - function.Minimum)]);
    }

    /// <summary>The sweep as the machine decides it: one epoch of every running trial between two looks.</summary>
    private static (double Best, long Epochs) Simulate(TestFunction function, double? spread, StopRule? rule, int seed, int parallel)
    {
        Sweep sweep = new(
            new SweepId(Guid.Empty), "bench", "bench",
            new SweepSettings
            {
                Pipeline = "bench",
                Objective = new Objective { Metric = "loss", Direction = Direction.Minimize },
                Space = function.Space,
                Sampler = SamplerKind.Random,
                Seed = seed,
                StopEarly = rule,
                Parallel = parallel,
                Budget = new SweepBudget { Trials = Trials },
            },
            "{}", null, null, "bench", null, Start, 0, new SweepState.Running());
        SortedDictionary<int, Trial> trials = [];
        Dictionary<int, List<CurvePoint>> curves = [];
        long spent = 0;
        while (sweep.State is not SweepState.Ended)
        {
            Dictionary<int, TrialFacts> facts = [];
            foreach (Trial trial in trials.Values.Where(t => !t.State.IsTerminal))
            {
                List<CurvePoint> curve = curves.TryGetValue(trial.Number, out List<CurvePoint>? known) ? known : curves[trial.Number] = [];
                bool stopping = trial.State is TrialState.Stopping;
                if (!stopping)
                {
                    curve.Add(new CurvePoint(curve.Count + 1, Loss(function, spread, trial, curve.Count + 1, seed)));
                    spent++;
                }
                RunStatus status = stopping ? RunStatus.Cancelled : curve.Count == Epochs ? RunStatus.Succeeded : RunStatus.Running;
                facts[trial.Number] = new TrialFacts(status, null, status == RunStatus.Succeeded ? curve[^1].Value : null, null, [.. curve]);
            }
            SweepDecision decision = SweepMachine.Decide(new SweepPicture(sweep, [.. trials.Values], facts, false, Start));
            foreach (Trial trial in decision.Trials)
                trials[trial.Number] = trial;
            sweep = sweep with { State = decision.State };
        }
        return (Ranking.ValueOf(Ranking.Best(trials.Values, Direction.Minimize)!)!.Value, spent);
    }

    private static double Loss(TestFunction function, double? spread, Trial trial, int epoch, int seed)
    {
        double final = function.At(trial.Parameters) - function.Minimum;
        Random chance = new((seed * 7919) + trial.Number);
        double speed = 0.5 + chance.NextDouble(), begins = spread is { } wide ? 2 * wide * chance.NextDouble() : 1 + (final * (1 + chance.NextDouble()));
        Random noise = new((((seed * 1000) + trial.Number) * 1000) + epoch);
        double learned = Math.Pow(epoch, -speed);
        // Noise fades as training settles, and is none at the end.
        return final + (begins * (learned - Math.Pow(Epochs, -speed))) + (0.05 * (spread ?? final + 0.1) * (noise.NextDouble() - 0.5) * (1 - ((double)epoch / Epochs)));
    }

    private static double Round(double value) => Math.Round(value, 4);
}
