using System.Runtime.InteropServices;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// A worker at work in one generation: asks for the rows of batches, some steps ahead, computes, sends the gradients, and
/// steps its copy of the dense weights by their sum over all workers; all copies stay the same.
/// </summary>
/// <param name="start">The step that is done.</param>
/// <param name="sums">Of its pass up to that step.</param>
internal sealed class WorkerRound(ShardPlan plan, int rank, IShardLink[] links, FillSamples samples, uint start, PassSums sums) : IDisposable
{
    private readonly WorkerNetwork _network = new(plan, rank);
    private readonly ShardMessage?[] _sums = new ShardMessage?[links.Length];
    private uint _next = start + 1;
    private bool _over;

    /// <summary>The last step that is done.</summary>
    public uint Done { get; private set; } = start;

    /// <summary>Log loss of the first task over this worker's part of the last step.</summary>
    public double Loss { get; private set; }

    /// <summary>Of the pass that the last step is in, up to it; of all workers.</summary>
    public PassSums Sums { get; private set; } = sums;

    public DenseParameters Dense => _network.Dense;

    /// <summary>Bytes sent and received.</summary>
    public long Bytes { get; private set; }

    /// <summary>Learns the base rate of all workers' first batches.</summary>
    public async Task BeginBiasesAsync(CancellationToken cancel)
    {
        ShardMessage sum = ShardMessage.Of(MessageKind.Sum);
        sum.Write(0u);
        _network.WriteLabels(BatchOf(1).Block, sum);
        await SendAsync(0, sum, cancel);
        while (_sums[0] is null)
            await DispatchAsync(0, cancel);
        using ShardMessage answer = _sums[0]!;
        _sums[0] = null;
        _network.SetBiases(MemoryMarshal.Cast<byte, float>(answer.Bytes[5..]));
    }

    /// <summary>Asks for the rows of all batches that must know of steps up to the last one that was sent.</summary>
    public async Task AskAsync(uint sent, CancellationToken cancel)
    {
        while (_next <= plan.Steps && plan.Need(_next) <= sent)
        {
            WorkerBatch batch = BatchOf(_next);
            int rows = 0;
            batch.Block.Clear();
            foreach (SamplePart part in plan.PartsOf(_next, rank))
            {
                samples(batch.Block, part);
                rows += part.Rows;
                if (batch.Block.Rows != rows)
                    throw new VlpsException(VlpsProblem.BadFile, $"of stream {part.Stream} there are no {part.Rows} samples from {part.First} on: the table is not what it was");
            }
            ShardMessage[] pulls = [.. links.Select(_ => ShardMessage.Of(MessageKind.Pull, rows * _network.Fields * 10 / links.Length))];
            batch.Ask(_next, plan.Need(_next), pulls);
            for (int s = 0; s < links.Length; s++)
                await SendAsync(s, pulls[s], cancel);
            _next++;
        }
    }

    /// <summary>The next step; false where there is none any more, since rank 0 ended the training early.</summary>
    public async Task<bool> StepAsync(CancellationToken cancel)
    {
        uint step = Done + 1;
        WorkerBatch batch = BatchOf(step);

        // 1. Its rows.
        for (int s = 0; s < links.Length; s++)
        {
            while (batch.Answers[s] is null && !_over)
                await DispatchAsync(s, cancel);
        }
        if (_over)
            return false;
        batch.TakeRows();

        // 2. Forward and back.
        Loss = _network.Compute(batch).LogLoss;

        // 3. Gradients: of rows to their shards, of the dense weights a piece to each.
        ShardMessage[] pushes = [.. links.Select(_ => ShardMessage.Of(MessageKind.Push))];
        Array.ForEach(pushes, p => p.Write(step));
        batch.WriteGradients(pushes);
        for (int s = 0; s < links.Length; s++)
        {
            _network.WritePiece(pushes[s], s);
            await SendAsync(s, pushes[s], cancel);
        }

        // 4. While shards step their rows: what the next batches need.
        await AskAsync(step, cancel);

        // 5. The sums, and one step with them.
        for (int s = 0; s < links.Length; s++)
        {
            while (_sums[s] is null && !_over)
                await DispatchAsync(s, cancel);
        }
        if (_over)
            return false;
        PassSums sums = _network.StepDense(step, _sums!);
        Sums = (step - 1) % plan.EpochSteps == 0 ? sums : Sums.And(sums);
        foreach (ShardMessage? sum in _sums)
            sum!.Dispose();
        Array.Clear(_sums);
        Done = step;
        return true;
    }

    private WorkerBatch BatchOf(uint step) => _network.Batches[(int)(step % (uint)_network.Batches.Count)];

    private async ValueTask SendAsync(int shard, ShardMessage message, CancellationToken cancel)
    {
        Bytes += message.Length;
        await links[shard].SendAsync(message, cancel);
    }

    private async ValueTask DispatchAsync(int shard, CancellationToken cancel)
    {
        ShardMessage message = await links[shard].ReceiveAsync(cancel);
        Bytes += message.Length;
        switch (message.Kind)
        {
            case MessageKind.Rows:
                BatchOf(message.Read().Next<uint>()).Answers[shard] = message;
                break;
            case MessageKind.Reduced:
                _sums[shard] = message;
                break;
            case MessageKind.Finished:
                message.Dispose();
                _over = true;
                break;
            default:
                throw WorkerLinks.Unexpected(message);
        }
    }

    public void Dispose() => _network.Dispose();
}
