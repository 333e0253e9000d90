using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Shards;

/// <summary>What a worker tells on its way.</summary>
/// <param name="Step">Steps of the training that are done.</param>
/// <param name="Samples">Samples of those, of all workers.</param>
/// <param name="Loss">Log loss of the worker's part of the last step, before it was learned from.</param>
/// <param name="Bytes">Bytes that this worker sent and received since its generation began.</param>
/// <param name="Generation">How often the worker came into a generation.</param>
/// <param name="Sums">Of the pass up to the step, of all workers.</param>
public sealed record ShardProgress(uint Step, long Samples, double Loss, long Bytes, int Generation, PassSums Sums);

/// <summary>
/// One worker of a training over shards. Whatever ends a link, its own or another's, takes all of them back to the last
/// checkpoint, from where everything is done again just as before: the model is the same as if nothing had happened.
/// </summary>
/// <param name="plan">The training; the same for all workers.</param>
/// <param name="rank">Which worker, from 0. Rank 0 begins generations and commits checkpoints.</param>
/// <param name="folder">Where checkpoints are, for all.</param>
/// <param name="connect">Makes a link to a shard.</param>
/// <param name="samples">Fills blocks.</param>
public sealed class ShardWorker(ShardPlan plan, int rank, ShardFolder folder, Func<int, CancellationToken, Task<IShardLink>> connect, FillSamples samples)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private int _entered;
    private long _lastProgress;

    /// <summary>The model to go on from, where the plan has steps before; of rank 0 alone.</summary>
    public ShardOrigin? From { get; init; }

    /// <summary>How long there may be no step before the worker gives up. Default: 2 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told after every step.</summary>
    public Action<ShardProgress> Progress { get; init; } = _ => { };

    /// <summary>Judges the model after each pass, where the plan has patience: log loss and area under the curve on samples that nobody learns from. Of rank 0 alone.</summary>
    public Func<SparseModel, (double LogLoss, double? Auc)>? Judge { get; init; }

    /// <summary>Told of each pass that was judged, once that is saved.</summary>
    public Action<EpochResult> Judged { get; init; } = _ => { };

    /// <summary>Receives lines for the log.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>Works until the training is over and saved.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        plan.Validate();
        if (rank < 0 || rank >= plan.Workers)
            throw new VlpsException(VlpsProblem.Option, $"rank {rank} is none of {plan.Workers} workers");
        _lastProgress = Time.GetTimestamp();
        while (!await TryAsync(cancel))
        {
            if (Time.GetElapsedTime(_lastProgress) > Patience)
                throw new VlpsException(VlpsProblem.Shard, $"worker {rank} has done no step for {Patience.TotalSeconds:0} seconds; look at the lines above for what could not be reached");
            await Task.Delay(Pause, Time, cancel);
        }
    }

    // True when all is done; false to try again.
    private async Task<bool> TryAsync(CancellationToken cancel)
    {
        await using var links = new WorkerLinks(connect, rank, plan.Shards);
        try
        {
            ShardManifest? manifest = folder.Read() ?? LayOut();
            if (manifest?.Finished == true && rank != 0)
                return true;
            ShardManifest start = manifest ?? new ShardManifest { Step = 0, Chain = CheckpointChain.Empty, Plan = plan };
            if (!plan.Continues(start.Plan))
                throw new VlpsException(VlpsProblem.Option, "the folder holds checkpoints of another training: model, samples, batch or seed differ; give it an empty folder");
            start = start with { Plan = plan with { Streams = start.Plan.Streams } };
            start.Plan.Validate();
            uint? begins = rank == 0 ? await BeginAsync(links, start, cancel) : await JoinAsync(links, cancel);
            if (begins is not { } step)
                return start.Finished || rank != 0;
            return await WorkAsync(start.Plan, links, start, step, cancel);
        }
        catch (ShardLostException lost)
        {
            Say($"{lost.Message}; beginning again at the last checkpoint");
            return folder.Read()?.Finished == true && rank != 0;
        }
    }

    // Once this is there, the training goes on from its own checkpoints and never again from the model.
    private ShardManifest? LayOut()
    {
        if (rank != 0 || From is null)
            return null;
        Say($"goes on from a model of {From.Steps} steps");
        _generation = folder.NextGeneration(_generation);
        ShardManifest start = From.LayOut(folder, plan);
        Commit(start);
        return start;
    }

    private void Commit(ShardManifest manifest)
    {
        if (folder.Generation() != _generation)
            throw new ShardLostException("another rank 0 began a later generation");
        folder.Commit(manifest);
        _lastProgress = Time.GetTimestamp();
    }

    private async Task<uint?> BeginAsync(WorkerLinks links, ShardManifest start, CancellationToken cancel)
    {
        _generation = folder.NextGeneration(_generation);
        if (!await links.BeginAsync(_generation, start, cancel))
        {
            _generation = links.Later;
            return null;
        }
        return start.Finished ? null : start.Step;
    }

    private long _generation;

    // Where rank 0 stays away nothing ends the wait for it: this does, so that the worker gives up in the end.
    private async Task<uint?> JoinAsync(WorkerLinks links, CancellationToken cancel)
    {
        TimeSpan patience = Patience / 4;
        using var limit = new CancellationTokenSource(patience, Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await links.JoinAsync(both.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new ShardLostException($"rank 0 began nothing for {patience.TotalSeconds:0} seconds", e);
        }
    }

    private async Task<bool> WorkAsync(ShardPlan plan, WorkerLinks links, ShardManifest start, uint step, CancellationToken cancel)
    {
        using var round = new WorkerRound(plan, rank, links.All, samples, step, start.Sums);
        bool anew = step == 0 && plan.Before == 0;
        if (!anew)
            ShardFiles.LoadDense(folder, round.Dense, step, plan);
        Say($"worker {rank} begins after step {step}");
        _entered++;
        await round.AskAsync(step, cancel);
        if (anew)
            await round.BeginBiasesAsync(cancel);
        ShardManifest last = start;
        while (round.Done < plan.Steps && !last.Finished)
        {
            if (!await round.StepAsync(cancel))
                return true;
            _lastProgress = Time.GetTimestamp();
            if (!double.IsFinite(round.Sums.Loss))
                throw Diverged(round.Done);
            if (rank == 0 && plan.IsBoundary(round.Done))
                last = Commit(plan, round, last);
            Progress(new ShardProgress(round.Done, (long)((Int128)plan.Rows * round.Done / plan.EpochSteps), round.Loss, round.Bytes, _entered, round.Sums));
        }
        await links.FinishAsync(tell: rank == 0, cancel);
        return true;
    }

    // All shards have saved: they answered this step.
    private ShardManifest Commit(ShardPlan plan, WorkerRound round, ShardManifest last)
    {
        ShardFiles.SaveDense(folder, round.Dense, round.Done, plan);
        var next = new ShardManifest { Step = round.Done, Chain = last.Chain.With(round.Done, plan), Plan = plan, Sums = round.Sums, Finished = round.Done == plan.Steps };
        bool judged = plan.IsJudged(round.Done) && Judge is not null;
        if (plan.Patience is not null)
            next = next with { Judged = last.Judged, Kept = last.Kept };
        if (judged)
            next = AfterPass(next);
        Commit(next);
        if (judged)
            Judged(next.Judged[^1]);
        return next;
    }

    // Whoever is lost before this is committed, the pass is judged again, with the same result.
    private ShardManifest AfterPass(ShardManifest state)
    {
        int pass = (int)(state.Step / state.Plan.EpochSteps);
        using SparseModel model = ShardModel.AfterPass(folder, state, From);
        (double loss, double? auc) = Judge!(model);
        if (!double.IsFinite(loss))
            throw Diverged(state.Step);
        double? best = state.Judged.FirstOrDefault(j => j.Epoch == state.Kept?.Pass)?.ValidationLogLoss;
        state = state with { Judged = [.. state.Judged, new EpochResult(pass, state.Sums.LogLoss, loss, auc)] };
        return best is null || loss < best
            ? state with { Kept = new KeptPass(pass, NetworkFiles.Write(folder.KeptPath(pass), state.Plan.Model, model, withState: true, From?.Section), model.Rows) }
            : state with { Finished = state.Finished || pass - state.Kept!.Pass >= state.Plan.Patience };
    }

    private static VlpsException Diverged(uint step) =>
        new(VlpsProblem.Diverged, $"the weights diverged at step {step}; lower the fields' rate or denseRate, or scale numeric features (standardize, log)");
}
