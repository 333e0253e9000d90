using MLPlatform.Vlps;
using MLPlatform.Vlps.Spill;
using Xunit;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class TransferTeamTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(8, 1)]
    [InlineData(8, 3)]
    [InlineData(8, 1000)]
    public void Each_number_is_done_once_call_after_call(int most, int count)
    {
        using var team = new TransferTeam(most);
        for (int call = 0; call < 200; call++)
        {
            int[] done = new int[count];
            team.Run(count, i => Interlocked.Increment(ref done[i]));
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public async Task As_many_are_under_way_at_once_as_it_has_threads()
    {
        using var team = new TransferTeam(4);
        using var all = new Barrier(4);
        await Task.Run(() => team.Run(8, _ => all.SignalAndWait(TestContext.Current.CancellationToken)), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(2, all.CurrentPhaseNumber);
    }

    [Fact]
    public void A_call_returns_when_the_others_are_done_as_well()
    {
        using var team = new TransferTeam(2);
        using var begun = new ManualResetEventSlim();
        int caller = Environment.CurrentManagedThreadId, done = 0;
        team.Run(4, _ =>
        {
            if (Environment.CurrentManagedThreadId == caller)
            {
                begun.Wait(TestContext.Current.CancellationToken);
            }
            else
            {
                begun.Set();
                for (int i = 0; i < 10_000; i++)
                    Thread.Yield(); // Longer than the caller takes for what is left.
            }
            Interlocked.Increment(ref done);
        });
        Assert.Equal(4, Volatile.Read(ref done));
    }

    [Fact]
    public async Task Calls_of_several_threads_take_turns()
    {
        using var team = new TransferTeam(3);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int call = 0; call < 300; call++)
            {
                int[] done = new int[20];
                team.Run(done.Length, i => Interlocked.Increment(ref done[i]));
                Assert.All(done, times => Assert.Equal(1, times));
            }
        }, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void The_first_failure_is_the_callers_and_the_next_call_is_as_ever()
    {
        using var team = new TransferTeam(4);
        VlpsException failure = Assert.Throws<VlpsException>(() =>
            team.Run(100, i => throw new VlpsException(VlpsProblem.Memory, "the disk is full")));
        Assert.Equal("the disk is full", failure.Message);

        int done = 0;
        team.Run(100, _ => Interlocked.Increment(ref done));
        Assert.Equal(100, done);
    }
}
