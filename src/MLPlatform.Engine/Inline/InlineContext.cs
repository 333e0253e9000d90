using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Inline;

/// <summary>The context of a step inside the server: its lines go to the server's log, its metrics to the run.</summary>
internal sealed partial class InlineContext(InlineAttempt attempt, IArtifactStore artifacts, TimeProvider time, ILogger log) : ActivityContext
{
    private readonly List<MetricPoint> _metrics = [];

    public IReadOnlyList<MetricPoint> Metrics => _metrics;
    public override AttemptId Attempt => attempt.Id;
    public override string Pipeline => attempt.Pipeline;
    public override string Activity => attempt.Activity;
    public override DateTimeOffset LogicalDate => attempt.LogicalDate;
    public override string ScratchFolder => throw new InvalidOperationException("an inline step has no scratch folder; make it a worker activity");
    public override IArtifactStore Artifacts => artifacts;
    public override TimeProvider Time => time;
    public override int Cores => 1;
    public override long? MemoryBytes => null;

    public override void Log(string line) => LogLine(log, attempt.Id, line);

    public override void Report(string metric, double value, long step = 0) =>
        _metrics.Add(new MetricPoint(metric, step, value, time.GetUtcNow()));

    public override void Progress(double fraction, string? message = null)
    {
        if (message is not null)
            Log(message);
    }

    [LoggerMessage(1401, LogLevel.Information, "{Attempt}: {Line}")]
    private static partial void LogLine(ILogger logger, AttemptId attempt, string line);
}
