using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Artifacts;
using Xunit;

namespace MLPlatform.Tests.Tables;

/// <summary>Runs an activity outside the engine: a temporary folder, a real artifact store in it, and a record of what was said.</summary>
internal sealed class TestActivityContext : ActivityContext, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mlp-test-").FullName;
    private int _scratches;
    private string? _scratch;

    public TestActivityContext() => Artifacts = new LocalArtifactStore(Path.Combine(_root, "artifacts"));

    public List<string> Lines { get; } = [];
    public Dictionary<string, double> Metrics { get; } = [];
    public double Fraction { get; private set; }

    public override AttemptId Attempt => AttemptToUse;
    public override string Pipeline => "test";
    public override string Activity => "activity";
    public override DateTimeOffset LogicalDate => DateTimeOffset.UnixEpoch;
    public override string ScratchFolder => _scratch ??= NewFolder();
    public override IArtifactStore Artifacts { get; }
    public override TimeProvider Time => TimeProvider.System;
    public override int Cores => CoresToUse;
    public override long? MemoryBytes => MemoryToUse;

    public override string? CheckpointFolder => CheckpointsToUse;

    /// <summary>Told of progress beyond 0.6.</summary>
    public Action<double>? Reported { get; set; }

    /// <summary>Called each time that progress is told.</summary>
    public Action? Told { get; set; }

    public string? CheckpointsToUse { get; set; }
    public AttemptId AttemptToUse { get; set; } = new(new RunId(Guid.Empty), 0, 1);
    public int CoresToUse { get; set; } = 2;
    public long? MemoryToUse { get; set; } = 1L << 30;

    public override void Log(string line) => Lines.Add(line);

    public override void Report(string metric, double value, long step = 0) => Metrics[metric] = value;

    public override void Progress(double fraction, string? message = null)
    {
        Fraction = fraction;
        Told?.Invoke();
        if (fraction > 0.6)
            Reported?.Invoke(fraction);
    }

    /// <summary>A folder that nothing was written to yet; it is deleted with the context.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_root, $"folder-{++_scratches}")).FullName;

    /// <summary>Runs an activity as its own attempt, with an empty scratch folder.</summary>
    public Task<TOutputs> RunAsync<TInputs, TOutputs>(IActivity<TInputs, TOutputs> activity, TInputs inputs, CancellationToken? cancel = null)
        where TInputs : notnull
        where TOutputs : notnull
    {
        _scratch = NewFolder();
        return activity.RunAsync(inputs, this, cancel ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Writes a file with the given bytes and returns its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(NewFolder(), name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
