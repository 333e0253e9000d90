using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>Metrics as scripts write them.</summary>
public sealed class MetricsFileTests : IDisposable
{
    private static readonly DateTimeOffset End = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Good_lines_are_taken_and_others_counted()
    {
        File.WriteAllText(_file, """
            {"name":"loss","value":0.5,"step":1,"at":"2026-02-28T12:00:00Z"}
            {"name":"auc","value":1}

            {"name":"loss","value":NaN}
            {"name":"loss","value":"0.5"}
            {"name":"","value":1}
            [1]
            no json
            {"name":"loss","value":0.2
            """);
        (IReadOnlyList<MetricPoint> metrics, int refused) = MetricsFile.Read(_file, 100, End);
        Assert.Equal(
            [new MetricPoint("loss", 1, 0.5, End.AddHours(-12)), new MetricPoint("auc", 0, 1, End)], metrics);
        Assert.Equal(6, refused);
    }

    [Fact]
    public void More_points_than_allowed_are_counted_not_kept()
    {
        File.WriteAllLines(_file, Enumerable.Range(0, 10).Select(i => $$"""{"name":"loss","value":{{i}},"step":{{i}}}"""));
        (IReadOnlyList<MetricPoint> metrics, int refused) = MetricsFile.Read(_file, 4, End);
        Assert.Equal((4, 6), (metrics.Count, refused));
    }
}
