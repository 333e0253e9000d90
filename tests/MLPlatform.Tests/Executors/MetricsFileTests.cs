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
    public void More_points_than_allowed_are_counted_not_kept_but_for_the_last_of_each_metric()
    {
        File.WriteAllLines(_file, Enumerable.Range(0, 10).SelectMany(i => (string[])[Line("loss", i), Line("auc", i)]));
        (IReadOnlyList<MetricPoint> metrics, int refused) = MetricsFile.Read(_file, 4, End);
        Assert.Equal([("loss", 0), ("auc", 0), ("loss", 1), ("auc", 1), ("loss", 9), ("auc", 9)], metrics.Select(m => (m.Name, m.Step)));
        Assert.Equal(14, refused);
    }

    [Fact]
    public void A_growing_file_is_told_in_whole_lines_each_once()
    {
        MetricsTail tail = new(_file, 100);
        Assert.Empty(tail.Next(End).Points);
        File.AppendAllText(_file, "\uFEFF" + Line("loss", 1) + "\nno json\n\n" + Line("loss", 2)[..9]);
        Assert.Equal("0: 1", Told(tail));
        Assert.Equal("1:", Told(tail));
        File.AppendAllText(_file, Line("loss", 2)[9..] + "\r\n" + Line("loss", 3) + "\n");
        Assert.Equal("1: 2 3", Told(tail));
        tail.BeginAnew();
        Assert.Equal("0: 1 2 3", Told(tail));
    }

    [Fact]
    public void A_file_that_is_written_anew_is_told_from_its_start()
    {
        MetricsTail tail = new(_file, 100);
        File.WriteAllText(_file, Line("loss", 1) + "\n" + Line("loss", 2) + "\n");
        Assert.Equal("0: 1 2", Told(tail));
        File.WriteAllText(_file, Line("loss", 7) + "\n");
        Assert.Equal("0: 7", Told(tail));
    }

    [Fact]
    public void A_look_takes_so_many_points_and_no_more_than_are_allowed_in_all()
    {
        MetricsTail tail = new(_file, MetricsTail.PointsOfALook + 5);
        File.WriteAllLines(_file, Enumerable.Range(0, MetricsTail.PointsOfALook * 2).Select(i => Line("loss", i)));
        Assert.Equal([MetricsTail.PointsOfALook, 5, 0], Enumerable.Range(0, 3).Select(_ => tail.Next(End).Points.Count));
    }

    [Fact]
    public void A_line_without_an_end_is_passed_over_in_pieces()
    {
        MetricsTail tail = new(_file, 100);
        File.WriteAllText(_file, new string('x', MetricsTail.Piece + 100) + "\n" + Line("loss", 1) + "\n");
        Assert.Equal("0:", Told(tail));
        Assert.Equal("0: 1", Told(tail));
    }

    private static string Line(string name, int step) => $$"""{"name":"{{name}}","value":{{step}},"step":{{step}}}""";

    private static string Told(MetricsTail tail)
    {
        (int first, IReadOnlyList<MetricPoint> points) = tail.Next(End);
        return $"{first}:" + string.Concat(points.Select(p => $" {p.Step}"));
    }
}
