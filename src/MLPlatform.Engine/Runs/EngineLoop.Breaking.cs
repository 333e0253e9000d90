using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

// What becomes of the engine at a bug: better to stop than to go on with a state that may be wrong, or to stand still in
// silence. The journal holds the truth, and whoever takes the runs over goes on from it.
public sealed partial class EngineLoop
{
    private volatile EngineStoppedException? _broken;

    /// <summary>Completes when the engine has stopped; faults with <see cref="EngineStoppedException"/> where it stopped at a bug, its lease given up.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Does work beside the loop; what it throws is a bug, and stops the engine.</summary>
    /// <param name="about">The run that it works on at the moment.</param>
    private Task InBackground(Func<Task> work, Func<RunId?>? about = null) => Task.Run(async () =>
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The end of all work that goes on until the engine stops.
        }
        catch (Exception error) when (_stopping.IsCancellationRequested)
        {
            LogWhileStopping(_log, error, _membership.Replica);
        }
        catch (Exception error)
        {
            await BreakAsync(error, about?.Invoke()).ConfigureAwait(false);
        }
    }, CancellationToken.None);

    private async Task BreakAsync(Exception error, RunId? about)
    {
        EngineStoppedException why = new($"the engine stopped at a bug: {error.Message}", error);
        if (Interlocked.CompareExchange(ref _broken, why, null) is not null)
            return;
        _breaker = about;
        LogBroken(_log, error, _membership.Replica);
        await _stopping.CancelAsync().ConfigureAwait(false);
    }

    // A replica that renewed its lease and did nothing would keep its runs from those who can go on with them.
    private async Task CompleteAsync(Task[] parts)
    {
        await Task.WhenAll(parts).ConfigureAwait(false);
        if (_broken is not { } why)
        {
            _completion.TrySetResult();
            return;
        }
        try
        {
            using CancellationTokenSource limit = new(_options.Lease, _time);
            if (_breaker is { } run)
                await NoteBreakAsync(run, why, limit.Token).ConfigureAwait(false);
            await _membership.LeaveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogNotLeft(_log, error, _membership.Replica);
        }
        _completion.TrySetException(why);
    }

    // A stopped engine does not answer: whoever asks it hears that instead of waiting for ever.
    private async Task<T> AnswerAsync<T>(Task<T> answer)
    {
        await AnswerAsync((Task)answer).ConfigureAwait(false);
        return await answer.ConfigureAwait(false);
    }

    private async Task AnswerAsync(Task answer)
    {
        if (await Task.WhenAny(answer, Completion).ConfigureAwait(false) != answer && !answer.IsCompleted)
        {
            await Completion.ConfigureAwait(false);
            throw new EngineStoppedException("the engine has stopped; ask again once the server is back");
        }
        await answer.ConfigureAwait(false);
    }

    [LoggerMessage(1002, LogLevel.Critical, "ENG-011 Engine {Replica} met a bug and stopped; it gives its runs up. Restart the server: its journal is intact")]
    private static partial void LogBroken(ILogger logger, Exception error, string replica);

    [LoggerMessage(1011, LogLevel.Warning, "ENG-011 Engine {Replica} met this while it stopped")]
    private static partial void LogWhileStopping(ILogger logger, Exception error, string replica);

    [LoggerMessage(1010, LogLevel.Error, "ENG-014 Engine {Replica} could not give its lease up; other replicas take its runs over when it has run out")]
    private static partial void LogNotLeft(ILogger logger, Exception error, string replica);
}
