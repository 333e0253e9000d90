using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Activities;

/// <summary>What one attempt may use besides its inputs.</summary>
public abstract class ActivityContext
{
    public abstract AttemptId Attempt { get; }

    /// <summary>The pipeline this attempt belongs to.</summary>
    public abstract string Pipeline { get; }

    /// <summary>The activity's name in the pipeline.</summary>
    public abstract string Activity { get; }

    /// <summary>The date the run is about, which is not the time it runs at.</summary>
    public abstract DateTimeOffset LogicalDate { get; }

    /// <summary>A folder of this attempt's own for temporary files; emptied when the attempt ends.</summary>
    public abstract string ScratchFolder { get; }

    /// <summary>
    /// A folder that the next attempt of this activity and run finds as this one left it; it goes when the activity succeeds. Null
    /// where nothing is kept: the activity does not ask for it (<see cref="ActivityAttribute.Checkpoints"/>).
    /// </summary>
    public virtual string? CheckpointFolder => null;

    public abstract IArtifactStore Artifacts { get; }

    public abstract TimeProvider Time { get; }

    /// <summary>Whole cores this attempt may use, at least 1.</summary>
    public abstract int Cores { get; }

    /// <summary>Bytes of memory this attempt may use, or null where no limit was set.</summary>
    public abstract long? MemoryBytes { get; }

    /// <summary>Writes one line to the attempt's log.</summary>
    public abstract void Log(string line);

    /// <summary>Records a metric. Step counts up where a metric is a curve; 0 for a single value.</summary>
    public abstract void Report(string metric, double value, long step = 0);

    /// <summary>Tells how far the attempt is, from 0 to 1.</summary>
    public abstract void Progress(double fraction, string? message = null);
}
