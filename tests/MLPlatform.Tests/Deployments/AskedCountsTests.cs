using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class AskedCountsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_another_server_was_asked_counts_as_if_it_had_been_asked_here()
    {
        ServingWindow here = new(TimeSpan.FromDays(1), 100), whole = new(TimeSpan.FromDays(1), 100);
        AskedCounts there = new();
        Assert.True(there.IsEmpty);
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            (int version, DateTimeOffset at, bool failed) = (random.Next(1, 4), Noon.AddSeconds(random.Next(1000)), random.Next(10) == 0);
            TimeSpan took = TimeSpan.FromMicroseconds(random.Next(1, 100_000));
            byte[] bins = [(byte)random.Next(ColumnBins.Count + 1), ColumnBins.Missing];
            whole.Ask(version, at, failed, took);
            whole.Read(version, at, "app", bins);
            if (i % 2 == 0)
            {
                here.Ask(version, at, failed, took);
                here.Read(version, at, "app", bins);
                continue;
            }
            there.Ask(version, at, failed, took);
            there.Read(version, at, "app", bins);
        }
        here.Add(AskedCounts.FromBytes(there.ToBytes()));
        Assert.Equal(whole.Figures(Noon), here.Figures(Noon));
        FeedbackSeries a = whole.Series(), b = here.Series();
        for (int minute = 0; minute < 16; minute++)
        {
            (DateTimeOffset, DateTimeOffset) now = (Noon.AddMinutes(minute), Noon.AddMinutes(minute)), all = (Noon, Noon.AddHours(1));
            Assert.Equal(a.ColumnDrift(1, all, now), b.ColumnDrift(1, all, now));
        }
    }
}
