using System.Globalization;
using MLPlatform.Bees.Settings;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>The replay of real logs, to a folder.</summary>
public sealed class AgentReplayTests
{
    /// <summary>More of them where the variable MLP_REPLAY_SEEDS says so.</summary>
    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("MLP_REPLAY_SEEDS") ?? "4", CultureInfo.InvariantCulture))];

    internal static SourceSettings Patient(SourceSettings settings) => settings with
    {
        Multiline = new() { Start = Replay.RecordStart, After = TimeSpan.FromHours(1) },
        FinishAfter = TimeSpan.FromHours(1),
        MaxRecordBytes = new(1 << 20),
    };

    [Theory, MemberData(nameof(Seeds))]
    public async Task What_was_written_arrives_each_record_once(int seed)
    {
        await using AgentWorld world = new(Patient);
        List<string> expected = await new Replay(world, new Random(seed)).RunAsync();
        Assert.Equal(expected.Order(StringComparer.Ordinal), world.Texts().Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, world.All().DistinctBy(r => (r.Channel, r.Offset)).Count());
        Assert.DoesNotContain(world.Notices, n => n.Code == "BEES-030");
    }
}
