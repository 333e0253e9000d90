using System.Diagnostics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Evaluation;

/// <summary>
/// What a model costs to serve, measured where the gate runs. A measured time differs from run to run: a gate without a
/// latency budget measures none.
/// </summary>
internal static class ScoringCost
{
    private const int WarmUp = 200;
    private const int Measured = 2000;

    /// <summary>Milliseconds to score one row by itself, at the 99th percentile of up to 2,000 rows after 200 to warm up.</summary>
    public static double MillisecondsPerRow(ModelFolder model, IReadOnlyList<string> files, CancellationToken cancel)
    {
        float[] score = new float[1];
        List<double> times = new(Measured);
        int warm = 0;
        // A short table is read again: times are of rows, whichever they are.
        while (times.Count < Measured)
        {
            foreach (ColumnBatch row in new ParquetRows(files, model.Columns, batchRows: 1).Read())
            {
                cancel.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                model.Score(row, score);
                double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (warm++ >= WarmUp)
                    times.Add(milliseconds);
                if (times.Count == Measured)
                    break;
            }
        }
        times.Sort();
        return times[(int)(0.99 * (times.Count - 1))];
    }
}
