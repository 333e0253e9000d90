using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>What a worker tells: lines for the log; as rank 0, progress, metrics and outputs of the attempt.</summary>
internal sealed class WorkerReport(ShardPlan plan, bool first)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private ShardProgress? _began, _last;
    private long _beganAt, _lastAt, _saidAt;

    /// <summary>The attempt's folder; null: started by hand.</summary>
    public static string? Attempt { get; } = Environment.GetEnvironmentVariable("MLP_ATTEMPT_DIR") is { Length: > 0 } folder ? folder : null;

    /// <summary>A path as outputs name it; null: not in the attempt's folder.</summary>
    public static string? Relative(string path) =>
        Attempt is { } attempt && Path.GetRelativePath(attempt, path) is var relative && !relative.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(relative) ? relative : null;

    public void Tell(ShardProgress progress)
    {
        (_last, _lastAt) = (progress, TimeProvider.System.GetTimestamp());
        if (_began is null || progress.Step < _began.Step)
            (_began, _beganAt) = (_last, _lastAt);
        if (progress.Step % Math.Max(1, plan.Steps / 20) == 0 || progress.Step == plan.Steps)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {progress.Step} of {plan.Steps}, loss {progress.Loss:0.0000}"));
        if (first && Attempt is { } attempt)
            Tell(progress, attempt);
    }

    private void Tell(ShardProgress progress, string attempt)
    {
        if (progress.Step % plan.EpochSteps == 0)
            Point(attempt, "logLoss", progress.Sums.LogLoss, progress.Step / plan.EpochSteps);
        if (progress.Step < plan.Steps && TimeProvider.System.GetElapsedTime(_saidAt) < Pause)
            return;
        _saidAt = TimeProvider.System.GetTimestamp();
        string text = JsonSerializer.Serialize(new
        {
            fraction = (double)progress.Step / plan.Steps,
            message = string.Create(CultureInfo.InvariantCulture, $"epoch {((progress.Step - 1) / plan.EpochSteps) + 1} of {plan.Epochs}, {Speed() / 1000:F0} k samples/s, log loss {progress.Sums.LogLoss:F4}"),
        });
        string file = Path.Combine(attempt, "progress.json"), partial = file + ".partial";
        File.WriteAllText(partial, text); // Whoever looks sees the one before or this one.
        File.Move(partial, file, overwrite: true);
    }

    /// <summary>A pass that was judged.</summary>
    public static void TellJudged(EpochResult pass)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {pass.Epoch}: log loss {pass.LogLoss:F5}, validation log loss {pass.ValidationLogLoss:F5}, validation AUC {pass.ValidationAuc:F5}"));
        if (Attempt is not { } attempt)
            return;
        Point(attempt, "validationLogLoss", pass.ValidationLogLoss!.Value, pass.Epoch);
        if (pass.ValidationAuc is { } auc)
            Point(attempt, "validationAuc", auc, pass.Epoch);
    }

    /// <summary>How many rows of the model before went.</summary>
    public static void TellEvicted(long gone, long left)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"evicted {gone} rows, {left} are left"));
        if (Attempt is { } attempt)
            Point(attempt, "evictedRows", gone, 0);
    }

    private static void Point(string attempt, string name, double value, long step)
    {
        object point = new { name, value, step, at = TimeProvider.System.GetUtcNow() };
        File.AppendAllText(Path.Combine(attempt, "metrics.jsonl"), JsonSerializer.Serialize(point) + "\n");
    }

    /// <param name="steps">Steps that were done, in all attempts.</param>
    public void Finish(JsonObject outputs, uint steps)
    {
        outputs["steps"] = steps;
        outputs["samplesPerSecond"] = Math.Round(Speed());
        outputs["bytesPerSample"] = _last is null ? 0 : Math.Round((double)(_last.Bytes - _began!.Bytes) * plan.Workers / Math.Max(1, _last.Samples - _began.Samples));
        outputs["staleness"] = plan.Staleness;
        Console.Out.WriteLine(outputs.ToJsonString());
        if (Attempt is { } attempt)
            File.WriteAllText(Path.Combine(attempt, "outputs.json"), outputs.ToJsonString());
    }

    // From the first step that this process was told of, whose beginning it does not know, to the last one: what is made of the rows afterwards is no step.
    private double Speed() => _last is null || _began is null ? 0
        : (_last.Samples - _began.Samples) / Math.Max(1e-9, TimeProvider.System.GetElapsedTime(_beganAt, _lastAt).TotalSeconds);
}
