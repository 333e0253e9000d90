using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Artifacts;

namespace MLPlatform.Benchmarks.Data;

/// <summary>An attempt of a bench: its own scratch folder, artifacts that the next step finds.</summary>
internal sealed class BenchContext : ActivityContext, IDisposable
{
    private readonly long _memory;

    public BenchContext(string root, long memory)
    {
        _memory = memory;
        ScratchFolder = Directory.CreateDirectory(Path.Combine(root, "scratch")).FullName;
        Artifacts = new LocalArtifactStore(Path.Combine(root, "artifacts"));
    }

    public override AttemptId Attempt { get; } = new(new RunId(Guid.Empty), 0, 1);
    public override string Pipeline => "bench";
    public override string Activity => "bench";
    public override DateTimeOffset LogicalDate => DateTimeOffset.UnixEpoch;
    public override string ScratchFolder { get; }
    public override IArtifactStore Artifacts { get; }
    public override TimeProvider Time => TimeProvider.System;
    public override int Cores => Environment.ProcessorCount;
    public override long? MemoryBytes => _memory;

    public override void Log(string line) => Console.Error.WriteLine(line);

    public override void Report(string metric, double value, long step = 0) { }

    public override void Progress(double fraction, string? message = null) { }

    public void Dispose() => Directory.Delete(ScratchFolder, recursive: true);
}
