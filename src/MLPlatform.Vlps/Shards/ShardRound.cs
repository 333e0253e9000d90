using System.Runtime.InteropServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// A generation at work on one shard: steps are done one after another, each when the gradients of all workers are there;
/// a question is answered when its step's need is done and, since the same worker's gradients of the next step come
/// later on the same link, before the next one is.
/// </summary>
internal sealed class ShardRound : IDisposable
{
    private readonly ShardFolder _folder;
    private readonly ShardPlan _plan;
    private readonly int _shard;
    private readonly ShardTables _tables;
    private readonly ShardMessage?[] _pushed, _summed;
    private CheckpointChain _chain;

    public ShardRound(ShardFolder folder, int shard, ShardManifest start)
    {
        start.Plan.Validate();
        (_folder, _plan, _shard, _chain, Applied) = (folder, start.Plan, shard, start.Chain, start.Step);
        var setup = new NetworkSetup(1, (ulong)_plan.Seed, _plan.TableBytes, _plan.WhenFull);
        _tables = new ShardTables(NetworkAssembly.Build(_plan.Model, _plan.Columns, setup, Simd.Chosen, Panels.TileRows));
        (_pushed, _summed) = (new ShardMessage?[_plan.Workers], new ShardMessage?[_plan.Workers]);
        try
        {
            if (start.Chain.Steps.Count > 0)
                ShardFiles.Load(folder, _tables.Tables, start, (shard, _plan.Shards));
            if (_plan.Before > 0)
                _tables.ReadCounts(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _tables.Dispose();
            throw new VlpsException(VlpsProblem.BadFile, $"the checkpoint of step {start.Step} cannot be read: {e.Message}", e);
        }
        catch
        {
            _tables.Dispose();
            throw;
        }
    }

    /// <summary>The last step that is done.</summary>
    public uint Applied { get; private set; }

    public long Rows => _tables.Tables.Sum(t => t.Count);

    public void Pull(ShardSession from, ShardMessage message)
    {
        var asked = new Asked(message, _tables.Tables.Count);
        from.Asked.Add(asked.Step, asked);
        if (asked.Need <= Applied)
            Answer(from, asked.Step);
        else
            from.Waiting.Add((asked.Step, asked.Need));
    }

    private void Answer(ShardSession session, uint step)
    {
        Asked asked = session.Asked[step];
        int bytes = 0;
        for (int table = 0; table < _tables.Wires.Count; table++)
            bytes += asked.Count(table) * _tables.Wires[table].Bytes;
        ShardMessage rows = ShardMessage.Of(MessageKind.Rows, bytes);
        rows.Write(step);
        for (int table = 0; table < _tables.Wires.Count; table++)
            _tables.Read(table, asked.Ids(table), rows);
        session.Reply(rows);
    }

    public void Push(ShardSession from, ShardMessage message, ShardSession?[] members)
    {
        uint step = message.Read().Next<uint>();
        if (step != Applied + 1 || _pushed[from.Rank] is not null || !from.Asked.ContainsKey(step))
            throw new InvalidDataException($"gradients of step {step} came after step {Applied}");
        _pushed[from.Rank] = message;
        if (Array.TrueForAll(_pushed, p => p is not null))
            Step(members);
    }

    /// <summary>Numbers to sum over all workers before the first step.</summary>
    public void Sum(ShardSession from, ShardMessage message, ShardSession?[] members)
    {
        _summed[from.Rank] = message;
        if (!Array.TrueForAll(_summed, p => p is not null))
            return;
        ShardMessage[] all = Take(_summed);
        ReplyAll(members, 0, [.. all.Select(m => m.Memory[5..])]);
        Array.ForEach(all, m => m.Dispose());
    }

    private void Step(ShardSession?[] members)
    {
        uint step = Applied + 1;
        ShardMessage[] pushed = Take(_pushed);
        Asked[] asked = [.. members.Select(m => m!.Asked[step])];
        ReadOnlyMemory<byte>[] left = [.. pushed.Select(p => (ReadOnlyMemory<byte>)p.Memory[5..])];

        // 1. The sums of dense gradients go out first: workers go on while the rows are stepped. At a checkpoint they wait,
        //    so that whoever has all answers knows that all is saved.
        bool saves = _plan.IsBoundary(step);
        ReadOnlyMemory<byte>[] dense = [.. left.Select((bytes, w) => bytes[GradientBytes(asked[w])..])];
        if (!saves)
            ReplyAll(members, step, dense);

        // 2. Rows.
        for (int table = 0; table < _tables.Tables.Count; table++)
        {
            _tables.Step(table, _plan.StampOf(step), asked, left);
            for (int w = 0; w < left.Length; w++)
                left[w] = left[w][(asked[w].Count(table) * _tables.Wires[table].GradientBytes)..];
        }
        Applied = step;
        foreach (ShardSession? member in members)
        {
            member!.Asked.Remove(step, out Asked? done);
            done!.Dispose();
        }

        // 3. The checkpoint, then what waited.
        if (saves)
        {
            _chain = _chain.With(step, _plan);
            if (TrySave() is { } problem)
                Array.ForEach(members, m => m!.Refuse(VlpsProblem.Shard, problem));
            else
                ReplyAll(members, step, dense);
        }
        Array.ForEach(pushed, p => p.Dispose());
        foreach (ShardSession? member in members)
            AnswerWaiting(member!);
    }

    // What no retry mends is told to people at once.
    private string? TrySave()
    {
        try
        {
            ShardFiles.Save(_folder, _tables.Tables, _chain, _shard, _plan);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"shard {_shard} cannot write its checkpoint: {e.Message}";
        }
    }

    private int GradientBytes(Asked asked)
    {
        int bytes = 0;
        for (int table = 0; table < _tables.Wires.Count; table++)
            bytes += asked.Count(table) * _tables.Wires[table].GradientBytes;
        return bytes;
    }

    private void AnswerWaiting(ShardSession session)
    {
        while (session.Waiting.Count > 0 && session.Waiting[0].Need <= Applied)
        {
            uint step = session.Waiting[0].Step;
            session.Waiting.RemoveAt(0);
            Answer(session, step);
        }
    }

    // In the order of ranks, so that the sum is the same each time.
    private static void ReplyAll(ShardSession?[] members, uint step, ReadOnlyMemory<byte>[] parts)
    {
        int length = parts[0].Length;
        if (Array.Exists(parts, p => p.Length != length || length % sizeof(float) != 0))
            throw new InvalidDataException("the workers' dense gradients differ in length");
        ShardMessage first = ShardMessage.Of(MessageKind.Reduced, length);
        first.Write(step);
        Span<float> sum = MemoryMarshal.Cast<byte, float>(first.Next(length));
        MemoryMarshal.Cast<byte, float>(parts[0].Span).CopyTo(sum);
        foreach (ReadOnlyMemory<byte> part in parts.AsSpan(1))
        {
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(part.Span);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += values[i];
        }
        // Whoever sends a message disposes it, so the copies come before.
        ShardMessage[] others = [.. members.Skip(1).Select(_ => first.Copy())];
        members[0]!.Reply(first);
        for (int w = 1; w < members.Length; w++)
            members[w]!.Reply(others[w - 1]);
    }

    private static ShardMessage[] Take(ShardMessage?[] messages)
    {
        ShardMessage[] taken = [.. messages.Select(m => m!)];
        Array.Clear(messages);
        return taken;
    }

    public void Dispose() => _tables.Dispose();
}
