using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

// What attempts report while they run.
public sealed partial class EngineLoop
{
    // Rows have the point's name and step as their key, so what is told twice is written twice and kept once.
    private void AttemptReported(AttemptId id, int first, IReadOnlyList<MetricPoint> points)
    {
        if (points.Count == 0 || Find(id.Run) is not { } run || FindAttempt(run, id) is not { } node
            || node.Status is not (ActivityStatus.Running or ActivityStatus.Stopping))
            return;
        int known = first > 0 && run.Told.TryGetValue(node.Index, out ToldMetrics told) && told.Number == id.Number ? told.Count : 0;
        if (first > known)
            return; // What came before is forgotten with the run's memory: all of it comes with the end.
        RecordMetrics(id, points.Skip(known - first));
        run.Told[node.Index] = new ToldMetrics(id.Number, first + points.Count, points[^1]);
    }

    private void RecordMetrics(AttemptId id, IEnumerable<MetricPoint> points)
    {
        foreach (MetricPoint point in points)
            _open.Batch.Metrics.Add(new MetricRow(id.Run, id.Node, id.Number, point.Name, point.Step, point.Value, point.At));
    }
}
