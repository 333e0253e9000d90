using System.Diagnostics;

namespace MLPlatform.Cli.Bench;

/// <summary>Latencies in milliseconds, from when a request was due.</summary>
internal sealed record OpenLoopFigures(double PerSecond, double P50, double P99, double P999, long Errors);

/// <summary>
/// Sends at a rate whether or not answers come, as independent users do. A request that is sent late because the sender or the
/// server was busy counts from when it was due, so that a stall is not left out.
/// </summary>
internal static class OpenLoop
{
    public static async Task<OpenLoopFigures> RunAsync(HttpClient client, byte[] body, int rate, TimeSpan time, CancellationToken cancel)
    {
        int total = (int)(rate * time.TotalSeconds);
        double[] latencies = new double[total];
        long errors = 0, start = Stopwatch.GetTimestamp();
        List<Task> pending = new(total);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(1));
        for (int sent = 0; sent < total;)
        {
            int due = Math.Min(total, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * rate));
            for (; sent < due; sent++)
                pending.Add(OneAsync(sent));
            if (sent < total)
                await timer.WaitForNextTickAsync(cancel);
        }
        await Task.WhenAll(pending);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(latencies);
        double At(double quantile) => Math.Round(latencies[Math.Min(total - 1, (int)(total * quantile))], 2);
        return new OpenLoopFigures((total - errors) / seconds, At(0.5), At(0.99), At(0.999), errors);

        async Task OneAsync(int index)
        {
            try
            {
                await ServingBench.SendAsync(client, body, cancel);
            }
            catch (HttpRequestException)
            {
                Interlocked.Increment(ref errors);
            }
            latencies[index] = (Stopwatch.GetElapsedTime(start).TotalSeconds - (index / (double)rate)) * 1000;
        }
    }
}
