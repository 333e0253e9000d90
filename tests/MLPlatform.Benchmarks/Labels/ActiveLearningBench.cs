using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Features;
using MLPlatform.Activities.Labels;
using MLPlatform.Activities.Tables;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Benchmarks.Labels;

/// <summary>
/// What chosen labels are worth: SMS messages, 300 labels chosen at random against 300 of which 50 are random and the rest chosen
/// in rounds of 50 by label.select, each seed with the same first 50. Every fifth message tests both.
/// </summary>
internal static class ActiveLearningBench
{
    private const int Labels = 300, Round = 50;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly FeatureDeclaration Features = new()
    {
        TextNgram = ["text"],
        Words = new(1, 2),
        Characters = new(2, 5),
    };

    private sealed record Score(double Accuracy, double? Auc, double F1, long Spam);

    public static async Task<int> RunAsync(string[] options)
    {
        if (options is not ["--data", var data, .. var more])
        {
            Console.Error.WriteLine("usage: MLPlatform.Benchmarks active-learning --data FOLDER_OF_SMSSpamCollection.tsv [--seeds 10]");
            return 2;
        }
        int seeds = more is ["--seeds", var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 10;
        string root = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            Bench bench = await Bench.CreateAsync(new BenchContext(root), data);
            Dictionary<string, List<Score>> scores = [];
            for (int seed = 1; seed <= seeds; seed++)
            {
                foreach ((string name, bool active, bool diverse) in new[] { ("random", false, false), ("uncertain", true, false), ("uncertainAndDiverse", true, true) })
                {
                    Score score = await bench.LearnAsync(seed, active, diverse);
                    (scores.TryGetValue(name, out List<Score>? all) ? all : scores[name] = []).Add(score);
                    Console.Error.WriteLine($"seed {seed} {name}: {score}");
                }
            }
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "label.select",
                machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString() },
                labels = Labels,
                firstAtRandom = Round,
                perRound = Round,
                seeds,
                results = scores.Select(s => Summary(s.Key, s.Value, scores["random"])),
            }, Indented));
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static object Summary(string choice, List<Score> scores, List<Score> random) => new
    {
        choice,
        medianAccuracy = Median(scores.Select(s => s.Accuracy)),
        medianAuc = Median(scores.Select(s => s.Auc ?? 0)),
        medianF1 = Median(scores.Select(s => s.F1)),
        medianSpamLabeled = Median(scores.Select(s => (double)s.Spam)),
        betterThanRandomInF1 = scores.Zip(random).Count(p => p.First.F1 > p.Second.F1),
        betterThanRandomInAccuracy = scores.Zip(random).Count(p => p.First.Accuracy > p.Second.Accuracy),
    };

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return Math.Round((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, 4);
    }

    private sealed class Bench(BenchContext context, ArtifactRef pool, ArtifactRef test, int size)
    {
        public static async Task<Bench> CreateAsync(BenchContext context, string data)
        {
            ArtifactRef all = (await context.RunAsync(new CollectBees(), new CollectBees.Inputs
            {
                Source = Path.Combine(data, "SMSSpamCollection.tsv"),
                Format = SourceFormat.Tsv,
                Header = false,
                Quoting = false,
                Columns = [new() { Name = "label", Type = ColumnType.String }, new() { Name = "text", Type = ColumnType.String }],
            })).Table;
            SplitData.Outputs split = await context.RunAsync(new SplitData(), new SplitData.Inputs { Table = all, ByIndex = new() { Every = 5 } });
            RunSql.Outputs pool = await context.RunAsync(new RunSql(), new RunSql.Inputs
            {
                Tables = new Dictionary<string, ArtifactRef> { ["rows"] = split.Train },
                Sql = "SELECT row_number() OVER () - 1 AS id, * FROM rows",
            });
            return new Bench(context, pool.Table, split.Test, (int)pool.Rows);
        }

        public async Task<Score> LearnAsync(int seed, bool active, bool diverse)
        {
            int[] shuffled = [.. Enumerable.Range(0, size)];
            new Random(seed).Shuffle(shuffled);
            List<long> labeled = [.. shuffled.Take(active ? Round : Labels).Select(i => (long)i)];
            ArtifactRef model = await TrainAsync(labeled);
            while (labeled.Count < Labels)
            {
                labeled.AddRange(await ChooseAsync(model, labeled, diverse));
                model = await TrainAsync(labeled);
            }
            EvaluateModel.Outputs judged = await context.RunAsync(new EvaluateModel(), new EvaluateModel.Inputs { Model = model, Table = test });
            double f1 = judged.Precision + judged.Recall > 0 ? 2 * judged.Precision!.Value * judged.Recall!.Value / (judged.Precision.Value + judged.Recall.Value) : 0;
            return new Score(judged.Accuracy, judged.Auc, f1, (await PickAsync(labeled, "l.id IS NOT NULL AND label = 'spam'")).Rows);
        }

        private async Task<IEnumerable<long>> ChooseAsync(ArtifactRef model, List<long> labeled, bool diverse)
        {
            ArtifactRef rest = (await PickAsync(labeled, "l.id IS NULL")).Table;
            ArtifactRef scored = (await context.RunAsync(new ScoreTable(), new ScoreTable.Inputs { Model = model, Table = rest })).Table;
            SelectForLabeling.Outputs chosen = await context.RunAsync(new SelectForLabeling(), new SelectForLabeling.Inputs
            {
                Table = scored,
                Probabilities = ["score"],
                Count = Math.Min(Round, Labels - labeled.Count),
                DiverseBy = diverse ? ["text"] : null,
            });
            RunSql.Outputs ids = await context.RunAsync(new RunSql(), new RunSql.Inputs
            {
                Tables = new Dictionary<string, ArtifactRef> { ["chosen"] = chosen.Table },
                Sql = "SELECT string_agg(id::VARCHAR, ',') AS ids FROM chosen",
            });
            return ids.Values["ids"].GetString()!.Split(',').Select(i => long.Parse(i, CultureInfo.InvariantCulture));
        }

        private async Task<ArtifactRef> TrainAsync(List<long> labeled)
        {
            ArtifactRef samples = (await PickAsync(labeled, "l.id IS NOT NULL")).Table;
            ArtifactRef features = (await context.RunAsync(new BuildFeatures(), new BuildFeatures.Inputs { Table = samples, Features = [Features] })).Features;
            return (await context.RunAsync(new TrainVlps(), new TrainVlps.Inputs
            {
                Samples = samples,
                Features = features,
                Label = "label",
                Positive = ["spam"],
                LearningRate = 0.3,
                Epochs = 10,
            })).Model;
        }

        private Task<RunSql.Outputs> PickAsync(List<long> labeled, string where) => context.RunAsync(new RunSql(), new RunSql.Inputs
        {
            Tables = new Dictionary<string, ArtifactRef> { ["pool"] = pool },
            Sql = $"SELECT p.* FROM pool p LEFT JOIN (SELECT unnest([{string.Join(",", labeled)}]) AS id) l ON p.id = l.id WHERE {where} ORDER BY p.id",
        });
    }
}
