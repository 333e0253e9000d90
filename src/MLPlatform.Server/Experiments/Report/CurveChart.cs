namespace MLPlatform.Server.Experiments.Report;

/// <summary>One metric by step, a line for each run.</summary>
internal static class CurveChart
{
    public static string? Draw(IReadOnlyList<CurveView> curves, IReadOnlyList<TrackedRunView> runs) => LineChart.Draw("step", "value",
        [.. curves.Select(c => (runs.FirstOrDefault(r => r.Id == c.Run)?.Name ?? c.Run, Points(c)))]);

    private static IReadOnlyList<(double X, double Y)> Points(CurveView curve) => [.. curve.Steps.Zip(curve.Values, (step, value) => ((double)step, value))];
}
