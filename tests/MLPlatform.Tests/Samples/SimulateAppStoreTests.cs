using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Samples;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Samples;

public sealed class SimulateAppStoreTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Its_logs_are_collected_from_the_artifact_and_the_quarantine_is_what_it_broke()
    {
        SimulateAppStore.Outputs logs = await _context.RunAsync(
            new SimulateAppStore(), new() { Days = 2, Users = 50, ImpressionsPerDay = 2000 }, TestContext.Current.CancellationToken);
        CollectBees.Outputs collected = await _context.RunAsync(new CollectBees(), new()
        {
            Artifact = logs.Impressions,
            EventTime = "eventTime",
            Columns = [new() { Name = "position", Type = ColumnType.Int64 }, new() { Name = "eventTime", Type = ColumnType.Timestamp }],
        }, TestContext.Current.CancellationToken);
        Assert.Equal(logs.ImpressionLines, collected.Rows + collected.Rejected);
        Assert.InRange(collected.Rejected, 1, 100);
        Assert.Equal(["2026-01-01", "2026-01-02"], collected.Days);
        Assert.Contains(_context.Lines, line => line.StartsWith("impressions: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_collection_without_a_source_or_with_two_is_refused()
    {
        ActivityException refused = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new CollectBees(), new(), TestContext.Current.CancellationToken));
        Assert.Contains("either source or artifact", refused.Message, StringComparison.Ordinal);
    }
}
