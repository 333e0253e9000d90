using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Work;

/// <summary>What an activity sees of its attempt: files in the attempt's folder, read by whoever watches.</summary>
internal sealed class WorkerContext : ActivityContext, IDisposable
{
    private static readonly TimeSpan ProgressPause = TimeSpan.FromMilliseconds(200);
    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly ToWorker.Run _run;
    private readonly TextWriter _log;
    private FileStream? _metrics;
    private long _progressAt;
    private byte[]? _progress;

    /// <param name="kept">Where the attempts of this activity and run keep something for each other; not there where they do not.</param>
    public WorkerContext(AttemptId attempt, string folder, string kept, ToWorker.Run run, IArtifactStore artifacts, TextWriter log, TimeProvider time)
    {
        Attempt = attempt;
        Artifacts = artifacts;
        Time = time;
        _folder = folder;
        _run = run;
        _log = log;
        ScratchFolder = Path.Combine(folder, AttemptFiles.Scratch);
        Directory.CreateDirectory(ScratchFolder);
        CheckpointFolder = Directory.Exists(kept) ? kept : null; // Made by the executor for those that ask for it.
    }

    public override AttemptId Attempt { get; }
    public override string Pipeline => _run.Order.Pipeline;
    public override string Activity => _run.Order.Activity;
    public override DateTimeOffset LogicalDate => _run.Order.LogicalDate;
    public override string ScratchFolder { get; }
    public override string? CheckpointFolder { get; }
    public override IArtifactStore Artifacts { get; }
    public override TimeProvider Time { get; }
    public override int Cores => Math.Clamp((_run.Limits.MilliCpu + 999) / 1000, 1, Environment.ProcessorCount);
    public override long? MemoryBytes => _run.Limits.MemoryBytes > 0 ? _run.Limits.MemoryBytes : null;

    public override void Log(string line) => _log.WriteLine(line);

    public override void Report(string metric, double value, long step = 0)
    {
        if (!double.IsFinite(value))
        {
            Log($"metric {metric} is {value} at step {step}; it is not recorded");
            return;
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new MetricLine(metric, value, step, Time.GetUtcNow()), WorkerJson.Default.MetricLine);
        lock (_gate)
        {
            _metrics ??= new FileStream(
                Path.Combine(_folder, AttemptFiles.Metrics), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            _metrics.Write([.. json, (byte)'\n']);
        }
    }

    public override void Progress(double fraction, string? message = null)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new ProgressReport(Math.Clamp(fraction, 0, 1), message), WorkerJson.Default.ProgressReport);
        lock (_gate)
        {
            _progress = json;
            if (_progressAt == 0 || Time.GetElapsedTime(_progressAt) >= ProgressPause)
                WriteProgress();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_progress is not null)
                WriteProgress();
            _metrics?.Dispose();
        }
    }

    private void WriteProgress()
    {
        AttemptFiles.WriteWhole(Path.Combine(_folder, AttemptFiles.Progress), _progress);
        _progress = null;
        _progressAt = Time.GetTimestamp();
    }
}
