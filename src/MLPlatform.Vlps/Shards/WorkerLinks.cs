using System.Text;
using System.Text.Json;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// How a worker comes into a generation: rank 0 begins it at all shards, the others are told of it by all of them. From then on
/// the end of any link ends what the worker waits for on any other.
/// </summary>
internal sealed class WorkerLinks(Func<int, CancellationToken, Task<IShardLink>> connect, int rank, int shards) : IAsyncDisposable
{
    private readonly WatchedLink?[] _links = new WatchedLink?[shards];
    private readonly LinkWatch _watch = new();

    public IShardLink[] All => [.. _links.Select(l => l!)];

    /// <summary>A later generation than the one that was to begin, or 0.</summary>
    public long Later { get; private set; }

    /// <summary>As rank 0: begins a generation; false if a later one is known.</summary>
    public async Task<bool> BeginAsync(long generation, ShardManifest start, CancellationToken cancel)
    {
        _watch.Arm(); // Nobody else begins: a shard that ended its link is not in this generation, whatever the others answer.
        byte[] manifest = JsonSerializer.SerializeToUtf8Bytes(start, ShardPlan.Json);
        (long Generation, uint Step, bool Finished)[] told = await Task.WhenAll(Enumerable.Range(0, shards).Select(s => AskAsync(s, MessageKind.Begin, m =>
        {
            m.Write(generation);
            m.WriteAll<byte>(manifest);
        }, cancel)));
        Later = told.Max(t => t.Generation);
        return Later <= generation;
    }

    /// <summary>As another: the step that the generation begins after; null: the training is over.</summary>
    public async Task<uint?> JoinAsync(CancellationToken cancel)
    {
        var told = new (long Generation, uint Step, bool Finished)[shards];
        int[] asks = [.. Enumerable.Range(0, shards)];
        while (asks.Length > 0)
        {
            (long, uint, bool)[] answers = await Task.WhenAll(asks.Select(s => AskAsync(s, MessageKind.Join, m => m.Write(rank), cancel)));
            for (int i = 0; i < asks.Length; i++)
                told[asks[i]] = answers[i];
            if (told.Any(t => t.Finished))
                return null;
            // Some may not know yet that a later one began.
            long latest = told.Max(t => t.Generation);
            asks = [.. Enumerable.Range(0, shards).Where(s => told[s].Generation < latest)];
        }
        // A shard may have ended the link of a generation that another one knew to be over; now all are of the same.
        _watch.Arm();
        return told[0].Step;
    }

    private async Task<(long Generation, uint Step, bool Finished)> AskAsync(int shard, MessageKind kind, Action<ShardMessage> write, CancellationToken cancel)
    {
        try
        {
            await CloseAsync(shard);
            var link = new WatchedLink(await connect(shard, cancel), _watch);
            _links[shard] = link;
            ShardMessage question = ShardMessage.Of(kind);
            write(question);
            await link.SendAsync(question, cancel);
            using ShardMessage answer = await link.ReceiveAsync(cancel);
            return answer.Kind switch
            {
                MessageKind.Stale => (answer.Read().Next<long>(), 0, false),
                MessageKind.Finished => (0, 0, true),
                MessageKind.Joined => ReadJoined(answer),
                _ => throw Unexpected(answer),
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Without this one the others' answers are of no use.
            _watch.End(e);
            throw;
        }
    }

    private static (long, uint, bool) ReadJoined(ShardMessage answer)
    {
        MessageReader reader = answer.Read();
        return (reader.Next<long>(), reader.Next<uint>(), false);
    }

    /// <summary>Tells of the end, or hears of it.</summary>
    public async Task FinishAsync(bool tell, CancellationToken cancel)
    {
        if (tell)
        {
            foreach (WatchedLink? link in _links)
                await link!.SendAsync(ShardMessage.Of(MessageKind.Finished), cancel);
        }
        foreach (WatchedLink? link in _links)
        {
            using ShardMessage message = await AfterRowsAsync(link!, cancel);
            if (message.Kind != MessageKind.Finished)
                throw Unexpected(message);
        }
    }

    // Where a training ends early, rows of the next steps were asked for already.
    private static async Task<ShardMessage> AfterRowsAsync(WatchedLink link, CancellationToken cancel)
    {
        ShardMessage message = await link.ReceiveAsync(cancel);
        while (message.Kind == MessageKind.Rows)
        {
            message.Dispose();
            message = await link.ReceiveAsync(cancel);
        }
        return message;
    }

    internal static Exception Unexpected(ShardMessage message) => message.Kind == MessageKind.Refused
        ? Refusal(message.Bytes[1..])
        : new InvalidDataException($"a shard sent a message of kind {message.Kind} where it has none to send");

    // What a shard found wrong keeps its code: people look that up, and not that it was a shard which found it.
    private static VlpsException Refusal(ReadOnlySpan<byte> body)
    {
        VlpsProblem problem = body.IsEmpty || !Enum.IsDefined((VlpsProblem)body[0]) ? VlpsProblem.Shard : (VlpsProblem)body[0];
        return new VlpsException(problem, body.IsEmpty ? "a shard refused to go on without saying why" : Encoding.UTF8.GetString(body[1..]));
    }

    private async ValueTask CloseAsync(int shard)
    {
        if (_links[shard] is not { } link)
            return;
        _links[shard] = null;
        await link.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        for (int s = 0; s < shards; s++)
            await CloseAsync(s);
        _watch.Dispose();
    }
}
