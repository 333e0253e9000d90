using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>Where an attempt's files are: the attempt protocol between server, supervisor, workers and scripts.</summary>
internal static class AttemptFiles
{
    /// <summary>The order, as the executor got it.</summary>
    public const string Spec = "spec.json";
    public const string Inputs = "inputs.json";

    /// <summary>Locked by who lays the folder out.</summary>
    public const string Preparing = "preparing";

    /// <summary>A script's input artifacts, laid out; one folder each.</summary>
    public const string ArtifactInputs = "inputs";

    /// <summary>The script's code, where it brings any.</summary>
    public const string Code = "code";
    public const string Outputs = "outputs.json";
    public const string Metrics = "metrics.jsonl";
    public const string Progress = "progress.json";
    public const string Scratch = "scratch";

    /// <summary>Standard output and error. Made before the process: where it is, the attempt was started once.</summary>
    public const string Log = "log";

    /// <summary>The part of the log that was left out; absent while it is whole.</summary>
    public const string LogGaps = "log.gaps.json";

    /// <summary>Which process runs the attempt.</summary>
    public const string Process = "process.json";

    /// <summary>What its processes use, as last seen.</summary>
    public const string Usage = "usage.json";

    /// <summary>How a built-in activity ended in a container, as it says itself; the end is <see cref="Exit"/>, once the log is whole.</summary>
    public const string WorkerExit = "worker-exit.json";

    /// <summary>How it ended. Where it is, the attempt has ended, whatever else is there.</summary>
    public const string Exit = "exit.json";

    /// <summary>The variable that marks every process of an attempt, also one that left its session.</summary>
    public const string AttemptVariable = "MLP_ATTEMPT_ID";

    /// <summary>What an activity of a run keeps between its attempts; in the home folder, not the attempt's.</summary>
    public static string Checkpoints(string home, AttemptId attempt) =>
        Path.Combine(home, "checkpoints", attempt.Run.ToString(), attempt.Node.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static string Folder(string home, AttemptId attempt) => Path.Combine(home, "attempts", attempt.ToString());

    /// <summary>Writes a file so that readers see it whole or not at all.</summary>
    public static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + ".tmp";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }
}
