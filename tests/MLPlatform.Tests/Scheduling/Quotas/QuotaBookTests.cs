using System.Text;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Quotas;

/// <summary>What groups are told that they use and borrow.</summary>
public sealed class QuotaBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(2, "1 2+", 1)] // Three cores of two: one is borrowed, though the attempt that went beyond holds two.
    [InlineData(2, "2+", 0)] // What was borrowed for is its own again, since other work of the group has ended.
    [InlineData(2, "1 1", 0)]
    [InlineData(0, "1+ 2+", 3)]
    public void Borrowed_is_what_goes_beyond_the_groups_own(int nominal, string held, int borrowed)
    {
        ResourcesFile file = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(
            $$"""{ "pools": { "p": {} }, "groups": { "ads": { "quotas": { "p": { "nominal": { "cpu": {{nominal}} } } } } } }"""), "resources.json").File!;
        Allocation[] holders = [.. held.Split(' ').Select((text, node) => new Allocation(
            new AttemptId(new RunId(Guid.Empty), node, 1), "r1", "p", "m", "ads", "mia", "chain", new Amount(1000 * (text[0] - '0'), 1 << 20, 0), [], 0, true, text.EndsWith('+'), Now))];
        Assert.Equal(1000 * borrowed, new QuotaBook(1, file, [], [], holders, Now).HeldBy("ads", "p").Borrowed.MilliCpu);
    }
}
