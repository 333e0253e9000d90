using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Control;

public sealed class WaitTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task It_is_due_after_its_duration_and_an_instant_that_is_past_is_due_at_once()
    {
        var waits = Assert.IsType<InlineResult.Deferred>(await new Wait().RunAsync(new Wait.Inputs { Duration = TimeSpan.FromHours(1) }, _context, TestContext.Current.CancellationToken));
        Assert.NotNull(waits.Until);
        Assert.IsType<InlineResult.Completed>(await new Wait().RunAsync(new Wait.Inputs { Until = DateTimeOffset.UnixEpoch }, _context, TestContext.Current.CancellationToken));
        Assert.IsType<InlineResult.Completed>(await new Wait().RunAsync(new Wait.Inputs { Duration = TimeSpan.Zero }, _context, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(9_000_000)]
    public async Task A_time_that_nobody_can_wait_for_is_refused(int days)
    {
        TimeSpan time = TimeSpan.FromDays(days);
        foreach (Func<Task> wait in new Func<Task>[]
        {
            () => new Wait().RunAsync(new Wait.Inputs { Duration = time }, _context, TestContext.Current.CancellationToken).AsTask(),
            () => new Approve().RunAsync(new Approve.Inputs { Within = time }, _context, TestContext.Current.CancellationToken).AsTask(),
        })
        {
            ActivityException problem = await Assert.ThrowsAsync<ActivityException>(wait);
            Assert.Equal("ENG-017", problem.Code);
            Assert.Contains("at most 36500 days", problem.Message, StringComparison.Ordinal);
        }
    }
}
