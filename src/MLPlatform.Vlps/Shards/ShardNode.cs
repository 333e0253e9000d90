using System.Text.Json;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// One shard: it answers messages with messages, knows of no network, and is safe from any thread. Its state is a function
/// of the checkpoint that a generation began at and of what the workers sent since, never of when it came.
/// </summary>
/// <param name="folder">Where checkpoints are.</param>
/// <param name="shard">Which shard this is, from 0.</param>
/// <param name="say">Receives lines for the log.</param>
public sealed class ShardNode(ShardFolder folder, int shard, Action<string> say) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ShardSession> _waiting = [];
    private ShardSession?[] _members = [];
    private ShardRound? _round;
    private long _generation;
    private bool _broken, _finished;

    /// <summary>A worker came.</summary>
    /// <param name="reply">Sends it a message, in order, and disposes that.</param>
    /// <param name="end">Ends its link.</param>
    public ShardSession Open(Action<ShardMessage> reply, Action end) => new(this, reply, end);

    internal void ReceiveBegin(ShardSession from, ShardMessage message)
    {
        MessageReader reader = message.Read();
        long generation = reader.Next<long>();
        lock (_gate)
        {
            if (generation <= _generation)
            {
                from.Reply(MessageKind.Stale, m => m.Write(_generation));
                return;
            }
            ShardManifest start = JsonSerializer.Deserialize<ShardManifest>(reader.Rest, ShardPlan.Json)!;
            EndMembers(null);
            _round?.Dispose();
            (_round, _finished) = (null, start.Finished);
            _generation = generation;
            _broken = false;
            _members = new ShardSession?[start.Plan.Workers];
            try
            {
                if (shard >= start.Plan.Shards)
                    throw new VlpsException(VlpsProblem.Option, $"this is shard {shard}, but the training has {start.Plan.Shards}: give all processes the same TF_CONFIG");
                if (!_finished)
                    _round = new ShardRound(folder, shard, start);
            }
            catch (VlpsException problem)
            {
                say($"generation {generation} cannot begin: {problem.Message}");
                from.Refuse(problem.Problem, $"shard {shard}: {problem.Message}");
                return;
            }
            say($"generation {generation} begins after step {start.Step} with {start.Plan.Workers} workers and {_round?.Rows ?? 0:N0} rows");
            Admit(from, 0);
            foreach (ShardSession waiting in _waiting.ToArray())
                Join(waiting, waiting.Rank);
        }
    }

    internal void ReceiveJoin(ShardSession from, int rank)
    {
        lock (_gate)
            Join(from, rank);
    }

    private void Join(ShardSession from, int rank)
    {
        _waiting.Remove(from);
        if (_finished)
        {
            from.Reply(MessageKind.Finished, _ => { });
            return;
        }
        if (_round is not null && !_broken && rank < _members.Length && _members[rank] is null)
        {
            Admit(from, rank);
            return;
        }
        // Somebody in its place: the generation goes on without what the one before knew, so it cannot go on.
        if (_round is not null && rank < _members.Length && _members[rank] is not null)
            Break($"worker {rank} came anew");
        from.Rank = rank;
        _waiting.Add(from);
    }

    private void Admit(ShardSession session, int rank)
    {
        (session.Rank, session.Generation) = (rank, _generation);
        _members[rank] = session;
        if (_finished)
            session.Reply(MessageKind.Finished, _ => { });
        else
            session.Reply(MessageKind.Joined, m => { m.Write(_generation); m.Write(_round!.Applied); });
    }

    internal void Receive(ShardSession from, ShardMessage message)
    {
        lock (_gate)
        {
            if (from.Generation != _generation || _broken || _round is null)
                return; // Of a generation that is over; its link is being ended.
            switch (message.Kind)
            {
                case MessageKind.Pull:
                    _round.Pull(from, message);
                    break;
                case MessageKind.Push:
                    _round.Push(from, message, _members);
                    break;
                case MessageKind.Sum:
                    _round.Sum(from, message, _members);
                    break;
                case MessageKind.Finished:
                    _finished = true;
                    foreach (ShardSession? member in _members)
                        member?.Reply(MessageKind.Finished, _ => { });
                    break;
                default:
                    throw new InvalidDataException($"a message of kind {message.Kind} is none that a worker sends");
            }
        }
    }

    internal void Closed(ShardSession session)
    {
        lock (_gate)
        {
            _waiting.Remove(session);
            if (session.Generation == _generation && session.Generation > 0 && !_broken && !_finished)
                Break($"worker {session.Rank} is gone", session);
        }
    }

    // Without one of them no step can be done: the others learn of it by the end of their links, and all begin again.
    private void Break(string why, ShardSession? gone = null)
    {
        say($"generation {_generation} ends after step {_round?.Applied}: {why}");
        _broken = true;
        EndMembers(gone);
    }

    private void EndMembers(ShardSession? gone)
    {
        foreach (ShardSession? member in _members)
        {
            if (member is not null && member != gone)
                member.End();
        }
    }

    public void Dispose() => _round?.Dispose();
}

/// <summary>A worker's link as the shard sees it.</summary>
public sealed class ShardSession
{
    private readonly ShardNode _node;
    private readonly Action<ShardMessage> _reply;

    internal ShardSession(ShardNode node, Action<ShardMessage> reply, Action end) => (_node, _reply, End) = (node, reply, end);

    internal int Rank { get; set; }

    internal long Generation { get; set; }

    internal Action End { get; }

    /// <summary>What it asked for and has not pushed the gradients of, by step.</summary>
    internal Dictionary<uint, Asked> Asked { get; } = [];

    /// <summary>Questions whose answer must know of steps that are not done yet.</summary>
    internal List<(uint Step, uint Need)> Waiting { get; } = [];

    /// <summary>Takes a message in, and disposes it at once or later. Throws what has to end the link.</summary>
    public void Receive(ShardMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Begin:
                _node.ReceiveBegin(this, message);
                message.Dispose();
                break;
            case MessageKind.Join:
                _node.ReceiveJoin(this, message.Read().Next<int>());
                message.Dispose();
                break;
            default:
                _node.Receive(this, message);
                break;
        }
    }

    /// <summary>The link is gone.</summary>
    public void Closed() => _node.Closed(this);

    internal void Reply(MessageKind kind, Action<ShardMessage> write)
    {
        ShardMessage message = ShardMessage.Of(kind);
        write(message);
        _reply(message);
    }

    internal void Reply(ShardMessage message) => _reply(message);

    internal void Refuse(VlpsProblem problem, string why) => Reply(MessageKind.Refused, m =>
    {
        m.Write((byte)problem);
        m.WriteAll<byte>(System.Text.Encoding.UTF8.GetBytes(why));
    });
}
