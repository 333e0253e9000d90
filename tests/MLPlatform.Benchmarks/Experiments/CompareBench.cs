using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Comparison;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Storage;

namespace MLPlatform.Benchmarks.Experiments;

/// <summary>How long it takes to search and to compare many tracked runs with many metrics on the embedded store, and how fast they are logged.</summary>
internal static class CompareBench
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task<int> RunAsync(string[] options)
    {
        (int runs, int metrics, int parameters, int repeats) = (10_000, 200, 20, 7);
        for (int i = 0; i + 1 < options.Length; i += 2)
        {
            int value = int.Parse(options[i + 1], CultureInfo.InvariantCulture);
            (runs, metrics, parameters, repeats) = options[i] switch
            {
                "--runs" => (value, metrics, parameters, repeats),
                "--metrics" => (runs, value, parameters, repeats),
                "--parameters" => (runs, metrics, value, repeats),
                "--repeats" => (runs, metrics, parameters, value),
                _ => throw new ArgumentException(options[i]),
            };
        }
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            await using ServiceProvider services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
                .AddStorage(o => o.Home = home).BuildServiceProvider();
            await services.GetRequiredService<PlatformStorage>().OpenAsync(CancellationToken.None);
            ITrackedRunStore store = services.GetRequiredService<ITrackedRunStore>();
            Stopwatch logging = Stopwatch.StartNew();
            await FillAsync(store, runs, metrics, parameters);
            double logged = logging.Elapsed.TotalSeconds;

            List<double> reading = [], comparing = [], searching = [], fronts = [], importances = [], whole = [];
            for (int i = -1; i < repeats; i++)
            {
                GC.Collect();
                Stopwatch all = Stopwatch.StartNew();
                (IReadOnlyList<TrackedRun> found, double read) = await TimeAsync(() => store.ListAsync([0], LifecycleView.Active, CancellationToken.None));
                (List<TrackedRun> ordered, double search) = Time(() => RunSearch.Select(found, "metrics.m0 > 0.1 AND params.p0 != '3'", ["metrics.m1 DESC"]));
                (RunComparison compared, double compare) = Time(() => RunComparison.Of(found));
                (IReadOnlyList<int> best, double front) = Time(() => ParetoFront.Of([.. found.Select(r => (double?[])[r.Metric("m0"), r.Metric("m1"), r.Metric("m2")])], [true, true, false]));
                double total = all.Elapsed.TotalMilliseconds;
                (Importance shares, double importance) = Time(() => ParameterImportance.Of(found, "m0"));
                if (compared.Metrics.Count != metrics || compared.Runs.Count != runs || best.Count == 0 || ordered.Count == 0 || shares.Shares.Count == 0)
                    throw new InvalidOperationException("the comparison lacks runs or metrics");
                if (i < 0)
                    continue; // The first is a warm-up.
                reading.Add(read);
                searching.Add(search);
                comparing.Add(compare);
                fronts.Add(front);
                whole.Add(total);
                importances.Add(importance);
            }
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "experiments.compare",
                machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString(), load = Load() },
                runs,
                metrics,
                parameters,
                repeats,
                logging = new { seconds = Math.Round(logged, 1), metricsPerSecond = Math.Round((double)runs * metrics / logged) },
                databaseMiB = new FileInfo(Path.Combine(home, StorageRegistration.DatabaseFile)).Length >> 20,
                readMilliseconds = Figures(reading),
                searchMilliseconds = Figures(searching),
                compareMilliseconds = Figures(comparing),
                frontMilliseconds = Figures(fronts),
                readSearchCompareAndFrontMilliseconds = Figures(whole),
                importanceMilliseconds = Figures(importances),
            }, Indented));
            return 0;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task FillAsync(ITrackedRunStore store, int runs, int metrics, int parameters)
    {
        Random random = new(7);
        for (int run = 0; run < runs; run++)
        {
            string id = run.ToString("x32", CultureInfo.InvariantCulture);
            await store.CreateAsync(new NewTrackedRun(id, 0, $"run {run}", "bench", run, TrackedRun.NoText, null), CancellationToken.None);
            int choice = random.Next(5);
            await store.LogAsync(id, new TrackedBatch(
                [.. Enumerable.Range(0, metrics).Select(m => new MetricValue($"m{m}", (m == 0 ? choice * 0.2 : 0) + random.NextDouble(), run, m))],
                [.. Enumerable.Range(0, parameters).Select(p => new KeyValuePair<string, string>($"p{p}", $"{(p == 0 ? choice : random.Next(10))}"))], []), CancellationToken.None);
        }
    }

    private static object Figures(List<double> all) => new { median = Math.Round(all.Order().ElementAt(all.Count / 2)), least = Math.Round(all.Min()), most = Math.Round(all.Max()) };

    private static (T, double) Time<T>(Func<T> act)
    {
        Stopwatch watch = Stopwatch.StartNew();
        T result = act();
        return (result, watch.Elapsed.TotalMilliseconds);
    }

    private static async Task<(T, double)> TimeAsync<T>(Func<Task<T>> act)
    {
        Stopwatch watch = Stopwatch.StartNew();
        T result = await act();
        return (result, watch.Elapsed.TotalMilliseconds);
    }

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
