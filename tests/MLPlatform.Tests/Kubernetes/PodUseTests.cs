using System.Text.Json;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Kubernetes;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>What a cluster tells of its pods' use, and what becomes of it.</summary>
public sealed class PodUseTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    // As metrics-server answers.
    private const string Answer = """
        {
          "kind": "PodMetrics", "metadata": { "name": "mlp-1", "creationTimestamp": null },
          "timestamp": "2026-03-01T12:00:15Z", "window": "1m0.5s",
          "containers": [
            { "name": "attempt", "usage": { "cpu": "1503127890n", "memory": "262144Ki" } },
            { "name": "sidecar", "usage": { "cpu": "250m", "memory": "1Mi" } }
          ]
        }
        """;

    [Fact]
    public void Containers_are_added_up_in_cores_and_bytes()
    {
        PodUse use = PodUse.Of(JsonElement.Parse(Answer));
        Assert.Equal(("mlp-1", Noon.AddSeconds(15), TimeSpan.FromSeconds(60.5), 257L << 20), (use.Pod, use.At, use.Window, use.MemoryBytes));
        Assert.Equal(1.75312789, use.Cores, 9);
    }

    [Theory]
    [InlineData("\"1m0.5s\"", "\"soon\"")]
    [InlineData("\"250m\"", "\"much\"")]
    [InlineData("\"containers\"", "\"boxes\"")]
    public void What_is_not_as_documented_is_refused(string right, string wrong) =>
        Assert.Throws<FormatException>(() => PodUse.Of(JsonElement.Parse(Answer.Replace(right, wrong, StringComparison.Ordinal))));

    [Fact]
    public void Looks_add_up_to_time_and_peaks()
    {
        Assert.Null(PodUse.Add(null, Noon, []));
        AttemptUsage first = PodUse.Add(null, Noon, [Use("a", 15, 2, 100), Use("b", 14, 1, 50)])!;
        Assert.Equal((15.0, 45.0, 3.0, 3.0, 150L, 150L, 2), (first.Seconds, first.CpuSeconds, first.Cores, first.PeakCores, first.MemoryBytes, first.PeakMemoryBytes, first.Processes));
        Assert.Null(PodUse.Add(first, Noon, [Use("a", 15, 2, 100)])); // Nothing new.
        AttemptUsage second = PodUse.Add(first, Noon, [Use("a", 35, 1, 120)])!;
        Assert.Equal((35.0, 65.0, 1.0, 3.0, 120L, 150L), (second.Seconds, second.CpuSeconds, second.Cores, second.PeakCores, second.MemoryBytes, second.PeakMemoryBytes));
        AttemptUsage end = PodUse.Close(second, Noon.AddSeconds(40));
        Assert.Equal((40.0, 70.0, 0.0, 3.0, 0L, 150L, 0, 1.75), (end.Seconds, end.CpuSeconds, end.Cores, end.PeakCores, end.MemoryBytes, end.PeakMemoryBytes, end.Processes, end.AverageCores));
        Assert.Equal(second.CpuSeconds, PodUse.Close(second, Noon).CpuSeconds); // Clocks differ.
    }

    [Fact]
    public void Where_the_beginning_is_not_known_the_first_look_is_of_its_window() =>
        Assert.Equal((30.0, 60.0), PodUse.Add(null, null, [Use("a", 100, 2, 1)]) is { } u ? (u.Seconds, u.CpuSeconds) : default);

    private static PodUse Use(string pod, double at, double cores, long bytes) => new(pod, Noon.AddSeconds(at), TimeSpan.FromSeconds(30), cores, bytes);
}
