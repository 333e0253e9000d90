using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Artifacts;

namespace MLPlatform.Benchmarks.Features;

/// <summary>Two cores, 4 GiB and a scratch folder that can be emptied.</summary>
internal sealed class FeatureBenchContext(string root) : ActivityContext
{
    private int _scratches;

    public override AttemptId Attempt { get; } = new(new RunId(Guid.Empty), 0, 1);
    public override string Pipeline => "bench";
    public override string Activity => "features";
    public override DateTimeOffset LogicalDate => DateTimeOffset.UnixEpoch;
    public override string ScratchFolder => Path.Combine(root, $"scratch-{_scratches}");
    public override IArtifactStore Artifacts { get; } = new LocalArtifactStore(Path.Combine(root, "artifacts"));
    public override TimeProvider Time => TimeProvider.System;
    public override int Cores => 2;
    public override long? MemoryBytes => 4L << 30;

    public void NewScratch()
    {
        if (Directory.Exists(ScratchFolder))
            Directory.Delete(ScratchFolder, recursive: true);
        _scratches++;
        Directory.CreateDirectory(ScratchFolder);
    }

    public override void Log(string line) { }

    public override void Report(string metric, double value, long step = 0) { }

    public override void Progress(double fraction, string? message = null) { }
}
