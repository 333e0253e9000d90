using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Artifacts;

namespace MLPlatform.Benchmarks;

/// <summary>Runs activities outside the engine, with everything they write below one folder.</summary>
internal sealed class BenchContext(string root) : ActivityContext
{
    private int _scratches;
    private string _scratch = "";

    public string Root { get; } = root;
    public override AttemptId Attempt { get; } = new(new RunId(Guid.Empty), 0, 1);
    public override string Pipeline => "bench";
    public override string Activity => "bench";
    public override DateTimeOffset LogicalDate => DateTimeOffset.UnixEpoch;
    public override string ScratchFolder => _scratch is "" ? Root : _scratch;
    public override IArtifactStore Artifacts { get; } = new LocalArtifactStore(Path.Combine(root, "artifacts"));
    public override TimeProvider Time => TimeProvider.System;
    public override int Cores => 1;
    public override long? MemoryBytes => null;

    /// <summary>Runs an activity with an empty scratch folder, which is deleted when it ends.</summary>
    public async Task<TOutputs> RunAsync<TInputs, TOutputs>(IActivity<TInputs, TOutputs> activity, TInputs inputs)
        where TInputs : notnull
        where TOutputs : notnull
    {
        _scratch = Directory.CreateDirectory(Path.Combine(Root, $"scratch-{++_scratches}")).FullName;
        TOutputs outputs = await activity.RunAsync(inputs, this, CancellationToken.None);
        Directory.Delete(_scratch, recursive: true);
        return outputs;
    }

    public override void Log(string line) { }

    public override void Report(string metric, double value, long step = 0) { }

    public override void Progress(double fraction, string? message = null) { }
}
