using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>Rows of one run that were just committed.</summary>
public sealed record RunChange(RunId Run, RunRow? Row, IReadOnlyList<ActivityRow> Activities, IReadOnlyList<AttemptRow> Attempts);

/// <summary>Tells what was committed, as it is committed. Only this replica's runs.</summary>
public sealed class RunFeed
{
    /// <summary>Changes of one run, or of all runs where null, from now on. A reader that falls too far behind is ended and should read the rows again.</summary>
    public IAsyncEnumerable<RunChange> SubscribeAsync(RunId? run, CancellationToken cancel) => throw new NotImplementedException();
}
