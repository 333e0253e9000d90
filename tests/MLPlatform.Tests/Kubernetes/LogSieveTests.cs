using MLPlatform.Executors.Kubernetes;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>Every line of a pod's log comes through once, however often it is read.</summary>
public sealed class LogSieveTests
{
    private static readonly string[] Log =
    [
        "2026-03-01T00:00:00.1Z a", "2026-03-01T00:00:00.1Z a", "2026-03-01T00:00:00.09Z from another stream", "2026-03-01T00:00:01Z b", "2026-03-01T00:00:01.000000002Z c",
        "2026-03-01T00:00:01.000000002Z c", "2026-03-01T00:00:01.000000002Z c", "2026-03-01T00:00:02Z ",
    ];

    private static string[] Texts => [.. Log.Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..])];

    [Fact]
    public void Read_again_from_any_line_on_the_rest_comes_once()
    {
        for (int cut = 0; cut <= Log.Length; cut++)
        {
            LogSieve first = new(null);
            List<string> got = [.. Log.Take(cut).Select(first.Take).OfType<string>()];
            LogSieve next = new(first.Position); // Another server, that knows the position only.
            got.AddRange(Log.Select(next.Take).OfType<string>());
            Assert.Equal(Texts, got);
            next.Rewind();
            Assert.Empty(Log.Select(next.Take).OfType<string>());
        }
    }

    [Theory]
    [InlineData(5, 3)] // The last line known is still there, and others of its time.
    [InlineData(5, 4)]
    [InlineData(6, 4)]
    [InlineData(4, 5)] // A line between was rotated away unread: nothing is doubled, what is left is read.
    public void After_a_rotation_times_say_where_to_go_on(int known, int rotated)
    {
        LogSieve first = new(null);
        foreach (string line in Log.Take(known))
            first.Take(line);
        LogSieve next = new(first.Position);
        string[] got = [.. Log.Skip(rotated).Select(next.Take).OfType<string>()];
        if (known >= rotated && rotated <= 4)
            Assert.Equal(Texts.Skip(known), got);
        else
            Assert.Equal(Texts.Skip(Math.Max(known, rotated)), got);
        next.Rewind();
        Assert.Empty(Log.Skip(rotated).Select(next.Take).OfType<string>());
    }
}
