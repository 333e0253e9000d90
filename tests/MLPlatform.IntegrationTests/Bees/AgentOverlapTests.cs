using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>What an agent reads while a batch is on its way.</summary>
public sealed class AgentOverlapTests
{
    // Some windows of a mebibyte.
    private static readonly string[] Lines = [.. Enumerable.Range(0, 120_000).Select(i => $"line {i} of a file that does not fit into one batch")];

    [Fact]
    public async Task The_next_batch_is_made_ready_while_one_is_on_its_way_and_sent_after_it()
    {
        await using AgentWorld world = new();
        WaitingSink? sink = null;
        world.Around = inner => sink = new WaitingSink(inner);
        world.Append("a.log", string.Join('\n', Lines) + "\n");
        await world.DeliverAsync();
        Assert.True(sink!.Sent > 4, $"only {sink.Sent} batches");
        Assert.Equal(1, sink.MostOnTheirWay);
        Assert.Equal(Lines, world.Texts());
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task Lines_arrive_once_though_sinks_fail_with_the_next_batch_read(int seed)
    {
        Random random = new(seed);
        Faults faults = new();
        await using AgentWorld world = new();
        world.Around = inner => new FlakySink(inner, faults);
        for (int at = 0; at < Lines.Length; at += 20_000)
        {
            world.Append("a.log", string.Join('\n', Lines[at..(at + 20_000)]) + "\n");
            world.Append("b.log", string.Join('\n', Lines[at..(at + 20_000)]) + "\n");
            for (int tries = 0; ; tries++)
            {
                (faults.Left, faults.After, faults.Pass) = (tries < 6 ? 1 : 0, random.Next(2) == 0, random.Next(4));
                try
                {
                    await world.DeliverAsync();
                    break;
                }
                catch (SinkException)
                {
                    if (random.Next(4) == 0)
                        await world.CrashAsync();
                }
            }
        }
        Assert.Equal([.. Lines, .. Lines], world.All().OrderBy(r => r.Channel).ThenBy(r => r.Offset).Select(r => r.Text));
    }

    [Fact]
    public async Task What_is_refused_is_read_again_with_what_was_read_behind_it()
    {
        await using AgentWorld world = new();
        RefusingSink? sink = null;
        world.Around = inner => sink = new RefusingSink(inner, 2);
        world.Append("a.log", string.Join('\n', Lines) + "\n");
        await world.DeliverAsync();
        Assert.Equal("BEES-012", Assert.Single(world.Notices).Code);
        Assert.True(world.Texts().Count < Lines.Length);
        await world.PassAsync(31);
        Assert.Equal(Lines, world.Texts());
    }

    /// <summary>Answers when the next batch was made ready, or when a look at the file finds no more.</summary>
    private sealed class WaitingSink(ISink sink) : ISink
    {
        private TaskCompletionSource _next = new();
        private int _prepared, _onTheirWay;

        public int Sent { get; private set; }

        public int MostOnTheirWay { get; private set; }

        public Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel) =>
            sink.PositionsAsync(source, channels, cancel);

        public Sending Prepare(IReadOnlyList<OutgoingBatch> batches)
        {
            int number = ++_prepared;
            TaskCompletionSource before = _next, mine = _next = new TaskCompletionSource();
            bool last = batches[^1].Records.Bytes < 400_000;
            Sending send = sink.Prepare(batches);
            before.TrySetResult();
            return async cancel =>
            {
                Sent++;
                MostOnTheirWay = Math.Max(MostOnTheirWay, ++_onTheirWay);
                Assert.Equal(number, Sent);
                if (!last)
                    await mine.Task.WaitAsync(Eventually.Patience, cancel);
                IReadOnlyList<BatchAnswer> answers = await send(cancel);
                _onTheirWay--;
                return answers;
            };
        }

        public ValueTask DisposeAsync() => sink.DisposeAsync();
    }

    /// <summary>Refuses one batch, when the next was made ready.</summary>
    private sealed class RefusingSink(ISink sink, int which) : ISink
    {
        private int _sent;

        public Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel) =>
            sink.PositionsAsync(source, channels, cancel);

        public Sending Prepare(IReadOnlyList<OutgoingBatch> batches)
        {
            Sending send = sink.Prepare(batches);
            return async cancel =>
            {
                if (++_sent != which)
                    return await send(cancel);
                return [.. batches.Select(b => new BatchAnswer(b.Header.Source, b.Header.Channel, BatchOutcome.Refused, 0, "BEES-053", "not now"))];
            };
        }

        public ValueTask DisposeAsync() => sink.DisposeAsync();
    }
}
