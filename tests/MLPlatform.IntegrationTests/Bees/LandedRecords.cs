using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>All records that a log keeps, in order.</summary>
internal static class LandedRecords
{
    public static async Task<List<string>> ReadAsync(LandingLog log, Func<string, bool>? channel = null)
    {
        List<string> records = [];
        foreach (Segment segment in await log.SealAsync(TestContext.Current.CancellationToken))
        {
            SegmentScan.Read(log.FileOf(segment), (batch, _) =>
            {
                if (channel is null || channel(batch.Header.Channel))
                    records.AddRange(BatchesFor.Lines(batch));
            });
        }
        return records;
    }
}
