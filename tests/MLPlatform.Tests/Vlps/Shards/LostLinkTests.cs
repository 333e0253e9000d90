using System.Threading.Channels;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Shards that answer by a script: whichever link ends, the worker leaves all of them at once and begins again.</summary>
public sealed class LostLinkTests : IDisposable
{
    private static readonly ShardPlan Plan = Fleet.Plan(ModelName.Fm, shards: 2, workers: 2);

    private readonly string _path = Directory.CreateTempSubdirectory("links").FullName;
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TaskCompletionSource _again = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Rank_0_that_waits_for_one_shard_notices_that_another_is_lost()
    {
        // Shard 0 never sums what rank 0 waits for, as one whose other worker is gone.
        await BeginsAgainAsync(0, (shard, kind, links) =>
        {
            if (kind == MessageKind.Begin)
                links[shard].Say(MessageKind.Joined, 1L, 0u);
            if (kind == MessageKind.Sum)
                links[1].End();
        });
    }

    [Fact]
    public async Task Rank_0_that_waits_for_one_shard_to_begin_notices_that_another_is_lost()
    {
        await BeginsAgainAsync(0, (shard, kind, links) =>
        {
            if (shard == 1)
            {
                links[1].Say(MessageKind.Joined, 1L, 0u);
                links[1].End();
            }
        });
    }

    [Fact]
    public async Task A_worker_that_waits_to_join_at_one_shard_notices_that_another_cannot_be_reached()
    {
        await BeginsAgainAsync(1, (shard, kind, links) =>
        {
            if (shard == 1)
                links[1].End();
        });
    }

    [Fact]
    public async Task A_worker_that_has_joined_notices_what_was_lost_while_it_did()
    {
        await BeginsAgainAsync(1, (shard, kind, links) =>
        {
            if (kind == MessageKind.Join)
                links[shard].Say(MessageKind.Joined, 1L, 0u);
            if (kind == MessageKind.Join && shard == 1)
                links[1].End();
        });
    }

    [Fact]
    public async Task A_shard_that_ended_the_generation_before_is_asked_again_and_not_taken_for_lost()
    {
        int joins = 0;
        await BeginsAgainAsync(1, (shard, kind, links) =>
        {
            if (kind != MessageKind.Join)
                return;
            // Shard 1 knows of generation 1 still; it ends that when rank 0 comes with the next one.
            long generation = shard == 0 || joins++ > 0 ? 2 : 1;
            if (generation == 1)
                links[1].AfterEnd = () => links[0].Say(MessageKind.Joined, 2L, 0u);
            if (shard == 1)
                links[1].Say(MessageKind.Joined, generation, 0u);
            if (generation == 1)
                links[1].End();
            else if (shard == 1)
                links[1].Say(MessageKind.Refused); // What a worker throws, and does not begin again for.
        }, again: typeof(MLPlatform.Vlps.VlpsException));
        Assert.Equal(2, joins);
    }

    // Until the worker has come to shard 0 a second time, or has thrown.
    private async Task BeginsAgainAsync(int rank, Action<int, MessageKind, ScriptedLink[]> script, Type? again = null)
    {
        var links = new ScriptedLink[2];
        int came = 0;
        var worker = new ShardWorker(Plan, rank, new ShardFolder(_path), (shard, _) =>
        {
            if (shard == 0 && Interlocked.Increment(ref came) == 2)
                _again.TrySetResult();
            links[shard] = new ScriptedLink(kind => script(shard, kind, links));
            return Task.FromResult<IShardLink>(links[shard]);
        }, Fill);
        Task work = worker.RunAsync(_end.Token);
        if (again is not null)
        {
            Assert.IsType(again, await Record.ExceptionAsync(() => work));
            Assert.Equal(1, came);
            return;
        }
        await Task.WhenAny(_again.Task, work);
        Assert.True(_again.Task.IsCompleted);
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    private static void Fill(MLPlatform.Vlps.Batches.FieldBlock block, SamplePart part) => Fleet.Fill(block, part.First, part.Rows);

    public void Dispose()
    {
        _end.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    private sealed class ScriptedLink(Action<MessageKind> told) : IShardLink
    {
        private readonly Channel<ShardMessage> _said = Channel.CreateUnbounded<ShardMessage>();

        public Action AfterEnd { get; set; } = () => { };

        public void Say(MessageKind kind, params object[] values)
        {
            ShardMessage message = ShardMessage.Of(kind);
            foreach (object value in values)
            {
                if (value is long generation)
                    message.Write(generation);
                else
                    message.Write((uint)value);
            }
            _said.Writer.TryWrite(message);
        }

        public void End() => _said.Writer.TryComplete();

        public ValueTask SendAsync(ShardMessage message, CancellationToken cancel)
        {
            MessageKind kind = message.Kind;
            message.Dispose();
            told(kind);
            return default;
        }

        public async ValueTask<ShardMessage> ReceiveAsync(CancellationToken cancel)
        {
            while (await _said.Reader.WaitToReadAsync(cancel))
            {
                if (_said.Reader.TryRead(out ShardMessage? message))
                    return message;
            }
            AfterEnd();
            throw new ShardLostException("it ended");
        }

        public ValueTask DisposeAsync()
        {
            End();
            return default;
        }
    }
}
