using Xunit;
using Xunit.Sdk;

namespace MLPlatform.IntegrationTests;

/// <summary>Waiting says what it waited for.</summary>
public sealed class EventuallyTests
{
    private static int[] Seven => [1, 2, 3, 4, 5, 6, 7];

    [Fact]
    public async Task What_is_seen_at_last_is_given_back()
    {
        int looks = 0;
        Assert.Equal(3, await Eventually.SeeAsync("three looks", () => ++looks, n => n == 3));
        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task Who_gives_up_says_for_what_it_waited_and_what_was_there()
    {
        FailException failed = await Assert.ThrowsAsync<FailException>(() => Eventually.SeeAsync("the run's end", () => "running", s => s == "succeeded", TimeSpan.Zero));
        Assert.Equal("waited 0 s for the run's end; last seen: running", failed.Message);
        failed = await Assert.ThrowsAsync<FailException>(() => Eventually.SeeAsync("eight", () => Seven, all => all.Length == 8, TimeSpan.Zero));
        Assert.Equal("waited 0 s for eight; last seen: 7 of them […, 3, 4, 5, 6, 7]", failed.Message);
        failed = await Assert.ThrowsAsync<FailException>(() => Eventually.SeeAsync<string?>("a name", () => Task.FromResult<string?>(null), s => s is not null, TimeSpan.Zero));
        Assert.Equal("waited 0 s for a name; last seen: nothing", failed.Message);
    }
}
