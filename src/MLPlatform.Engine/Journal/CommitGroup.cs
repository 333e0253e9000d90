using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Journal;

/// <summary>Transitions of many runs that become durable together, and what may happen only then.</summary>
/// <param name="generation">Grows each time the engine drops what it has in memory and starts over from the journal.</param>
internal sealed class CommitGroup(int generation)
{
    public int Generation { get; } = generation;

    public JournalBatch Batch { get; } = new();

    /// <summary>Events by run, still to be written as journal entries.</summary>
    public List<(RunId Run, long Sequence, List<RunEvent> Events)> Entries { get; } = [];

    /// <summary>What waits for durability: starts outside, answers to callers.</summary>
    public List<Action> AfterCommit { get; } = [];

    /// <summary>Told when the group is lost because another replica owns the runs now.</summary>
    public List<Action<Exception>> OnLost { get; } = [];
    public List<RunChange> Changes { get; } = [];

    /// <summary>Runs whose end is in this group.</summary>
    public List<ActiveRun> Ended { get; } = [];
}
