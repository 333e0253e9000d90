using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>What the agent does when what it needs is taken away.</summary>
public sealed class AgentTroubleTests
{
    [Fact]
    public async Task Without_a_durable_checkpoint_known_files_go_on_and_new_ones_wait()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        Directory.CreateDirectory(world.CheckpointPath + ".new"); // Nothing can be written there, as on a full disk.
        world.Append("a.log", "two\n");
        world.Append("b.log", "three\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two"], world.Texts());
        Assert.Equal("BEES-020", Assert.Single(world.Notices).Code);
        Directory.Delete(world.CheckpointPath + ".new");
        await world.DeliverAsync();
        Assert.Equal(["one", "three", "two"], world.Texts().Order());
        Assert.True(world.Notices[^1].Over);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sink_that_fails_before_or_after_it_stored_makes_neither_loss_nor_doubles(bool after)
    {
        await using AgentWorld world = new();
        Flaky? flaky = null;
        world.Around = sink => flaky = new Flaky(sink, after);
        world.Append("a.log", "one\ntwo\n");
        _ = world.Agent;
        flaky!.Failures = 3;
        for (int i = 0; i < 3; i++)
            await Assert.ThrowsAsync<SinkException>(world.DeliverAsync);
        world.Append("a.log", "three\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two", "three"], world.Texts());
    }

    [Fact]
    public async Task A_crash_between_the_answer_and_the_note_of_it_costs_a_question_and_no_double()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\ntwo\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        world.Append("a.log", "three\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        File.Move(world.At("a.log"), world.At("a.log.1"));
        world.Append("a.log.1", "four\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two", "three", "four"], world.Texts());
        Assert.Single(world.All().Select(r => r.Channel).Distinct());
    }

    private sealed class Flaky(ISink sink, bool after) : ISink
    {
        public int Failures { get; set; }

        public Task<IReadOnlyDictionary<string, long>> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel) =>
            sink.PositionsAsync(source, channels, cancel);

        public async Task<IReadOnlyList<BatchAnswer>> SendAsync(IReadOnlyList<OutgoingBatch> batches, CancellationToken cancel)
        {
            IReadOnlyList<BatchAnswer> answers = after || Failures == 0 ? await sink.SendAsync(batches, cancel) : [];
            return Failures-- > 0 ? throw new SinkException("BEES-010", "the cable is out") : answers;
        }

        public ValueTask DisposeAsync() => sink.DisposeAsync();
    }
}
