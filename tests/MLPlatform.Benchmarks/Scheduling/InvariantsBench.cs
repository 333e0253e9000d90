using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CsCheck;
using MLPlatform.Tests.Scheduling.Admission;

namespace MLPlatform.Benchmarks.Scheduling;

/// <summary>The fast suite's random histories of scheduling, in full number and by another seed each time.</summary>
internal static class InvariantsBench
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static int Run(string[] options)
    {
        long wanted = 100_000;
        string? seed = null;
        // Arrivals, ends and time alone, so that more promises come to their time.
        Gen<(int Seed, Step[] Steps)> kind = options.Contains("--calm") ? Histories.Calm : Histories.Any;
        options = [.. options.Where(o => o != "--calm")];
        for (int i = 0; i + 1 < options.Length; i += 2)
        {
            (wanted, seed) = options[i] switch
            {
                "--histories" => (long.Parse(options[i + 1], CultureInfo.InvariantCulture), seed),
                "--seed" => (wanted, options[i + 1]),
                _ => throw new ArgumentException(options[i]),
            };
        }
        long histories = 0, steps = 0, decisions = 0, admissions = 0, preemptions = 0, quotaPromises = 0;
        string? failure = null;
        long from = Stopwatch.GetTimestamp();
        try
        {
            kind.Sample(h =>
            {
                History history = History.Run(h.Seed, h.Steps);
                Interlocked.Increment(ref histories);
                Interlocked.Add(ref steps, h.Steps.Length);
                Interlocked.Add(ref decisions, history.Decisions);
                Interlocked.Add(ref admissions, history.Admissions);
                Interlocked.Add(ref preemptions, history.Preemptions);
                Interlocked.Add(ref quotaPromises, history.QuotaPromises);
            }, seed: seed, iter: wanted, print: Histories.Text);
        }
        catch (CsCheckException e)
        {
            // The shortest history found, and the seed that makes it again.
            failure = e.InnerException is { } cause ? $"{e.Message}\n{cause.Message}" : e.Message;
        }
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "invariants",
            machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString() },
            histories,
            steps,
            decisions,
            admissions,
            preemptions,
            quotaPromises,
            seconds = Math.Round(Stopwatch.GetElapsedTime(from).TotalSeconds, 1),
            failures = failure is null ? 0 : 1,
            failure,
        }, Indented));
        return failure is null ? 0 : 1;
    }
}
