using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Benchmarks.Sweeps;

/// <summary>
/// What samplers find on functions with known minima, and what stopping early saves on simulated learning curves. Trials are
/// carried out here, in the order in which the machine of the engine decides them; everything follows from the seeds.
/// </summary>
internal static class SweepBench
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static int Run(string[] options)
    {
        (int seeds, int trials) = (20, 60);
        for (int i = 0; i + 1 < options.Length; i += 2)
        {
            int value = int.Parse(options[i + 1], CultureInfo.InvariantCulture);
            (seeds, trials) = options[i] switch
            {
                "--seeds" => (value, trials),
                "--trials" => (seeds, value),
                _ => throw new ArgumentException(options[i]),
            };
        }
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "sweeps",
            machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString() },
            note = "Every figure follows from the seeds alone; no time is measured.",
            seeds,
            trials,
            samplers = TestFunction.All.Select(f => Compare(f, seeds, trials)),
            earlyStop = ((bool[])[false, true]).SelectMany(crossing => EarlyStopBench.Rules.Select(rule => EarlyStopBench.Run(rule.Name, rule.Rule, seeds, parallel: 4, crossing))),
        }, Indented));
        return 0;
    }

    private static object Compare(TestFunction function, int seeds, int trials)
    {
        double[] Best(SamplerKind kind) => [.. Enumerable.Range(1, seeds).Select(seed => BestOf(function, kind, seed, trials) - function.Minimum)];
        double[] tpe = Best(SamplerKind.Tpe), random = Best(SamplerKind.Random), sobol = Best(SamplerKind.Sobol);
        return new
        {
            function = function.Name,
            dimensions = function.Space.Count,
            regret = new { tpe = Figures(tpe), random = Figures(random), sobol = Figures(sobol) },
            tpeBeatsRandomInSeeds = tpe.Zip(random).Count(p => p.First < p.Second),
            tpeMedianBeatsRandom = Median(tpe) < Median(random),
            tpeMeanBeatsRandom = tpe.Average() < random.Average(),
        };
    }

    private static double BestOf(TestFunction function, SamplerKind kind, long seed, int trials)
    {
        SweepSettings settings = new()
        {
            Pipeline = "bench",
            Objective = new Objective { Output = "y", Direction = Direction.Minimize },
            Space = function.Space,
            Sampler = kind,
            Seed = seed,
            Budget = new SweepBudget { Trials = trials },
        };
        List<Trial> done = [];
        while (Proposals.Next(settings, done, done.Count) is { } parameters)
        {
            double value = function.At(parameters);
            done.Add(new Trial(done.Count, parameters, new RunId(Guid.Empty), default, -1, [], new TrialState.Completed(value, default)));
        }
        return Ranking.ValueOf(Ranking.Best(done, Direction.Minimize)!)!.Value;
    }

    private static object Figures(double[] all) => new
    {
        median = Round(Median(all)),
        mean = Round(all.Average()),
        least = Round(all.Min()),
        most = Round(all.Max()),
    };

    internal static double Median(double[] all) => all.Order().ToArray() is var o ? (o[(o.Length - 1) / 2] + o[o.Length / 2]) / 2 : 0;

    private static double Round(double value) => double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
