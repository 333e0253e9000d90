using MLPlatform.Vlps;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps.Training;

public sealed class CrewTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Who_waits_for_a_member_that_failed_ends_and_the_cause_is_told(int fails)
    {
        using var crew = new Crew(4);
        Task failing = Task.Run(() => crew.Run(member =>
        {
            crew.Barrier.Wait();
            if (member == fails)
                throw new VlpsException(VlpsProblem.Memory, "the disk is full");
            crew.Barrier.Wait();
        }), TestContext.Current.CancellationToken);
        VlpsException cause = await Assert.ThrowsAsync<VlpsException>(() => failing.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal("the disk is full", cause.Message);

        int[] done = new int[4];
        crew.Run(member =>
        {
            crew.Barrier.Wait();
            done[member]++;
        });
        Assert.Equal([1, 1, 1, 1], done);
    }
}
