using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Journal;

namespace MLPlatform.Engine.Runs;

// A bug that one run brings about would stop every replica that takes the run over, one after the other. So an engine
// that stops says in the run's journal over what it broke, and a run that broke several is given up instead of taken up.
public sealed partial class EngineLoop
{
    /// <summary>Engines that a run may break before it is given up.</summary>
    internal const int MostBreaks = 3;

    private RunId? _breaker;

    private async Task NoteBreakAsync(RunId id, EngineStoppedException why, CancellationToken cancel)
    {
        try
        {
            if (await _store.FindRunAsync(id, cancel).ConfigureAwait(false) is null)
                return; // Not durable yet: whoever asked for it hears that it did not begin.
            long last = 0;
            await foreach (JournalEntry entry in _store.ReadJournalAsync(id, cancel).ConfigureAwait(false))
                last = entry.Sequence;
            JournalBatch batch = new();
            batch.Journal.Add(new JournalEntry(id, last + 1, EventCodec.Encode([new RunEvent.Broke(Now, _membership.Replica, why.Message)])));
            await _store.CommitAsync(_membership.Lease, batch, cancel).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogNotNoted(_log, error, id);
        }
    }

    /// <summary>The run for adopting; null where it is to be left alone.</summary>
    private async Task<ActiveRun?> LoadForAdoptionAsync(RunId id, ILookup<RunId, Allocation> written, CancellationToken cancel)
    {
        ActiveRun? run = await LoadAsync(id, cancel, [.. written[id]]).ConfigureAwait(false);
        // It broke engines even while it was being given up.
        if (run is null || run.State.Breaks < 2 * MostBreaks)
            return run;
        LogLeftAlone(_log, id, run.State.Breaks);
        return null;
    }

    private void GiveUpIfPoisoned(ActiveRun run)
    {
        if (run.State.Breaks < MostBreaks || run.State.IsGivenUp)
            return;
        LogGivenUp(_log, run.State.Id, run.State.Breaks);
        Apply(run, new RunEvent.GivenUp(Now, Poisoned(run)));
    }

    private static Failure Poisoned(ActiveRun run) => new(FailureKind.Infrastructure, "ENG-019",
        $"the engine met a bug over this run {run.State.Breaks} times, so it was given up; the server's log has the bug (ENG-011)");

    [LoggerMessage(1012, LogLevel.Error, "ENG-019 Run {Run} broke {Breaks} engines and is given up")]
    private static partial void LogGivenUp(ILogger logger, RunId run, int breaks);

    [LoggerMessage(1013, LogLevel.Critical, "ENG-019 Run {Run} broke {Breaks} engines, also while it was given up; it is left alone until a version without the bug")]
    private static partial void LogLeftAlone(ILogger logger, RunId run, int breaks);

    [LoggerMessage(1014, LogLevel.Error, "ENG-019 It could not be noted that run {Run} broke the engine")]
    private static partial void LogNotNoted(ILogger logger, Exception error, RunId run);
}
