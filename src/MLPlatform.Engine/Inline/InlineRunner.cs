using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Inline;

/// <summary>Runs cheap control steps inside the server.</summary>
/// <param name="create">Makes an activity's class with its services.</param>
public sealed partial class InlineRunner(
    Func<Type, object> create, ActivityCatalog catalog, IArtifactStore artifacts, TimeProvider time, ILogger<InlineRunner> log)
{
    private readonly ConcurrentDictionary<AttemptId, CancellationTokenSource> _running = new();
    private readonly ConcurrentDictionary<Type, IInlineCall> _calls = new();

    internal ValueTask<(InlineResult Result, AttemptFacts Facts)> RunAsync(
        ActivityDescriptor descriptor, InlineAttempt attempt, CancellationToken stopping)
    {
        if (!descriptor.RunsAhead)
            return RunCancellableAsync(descriptor, attempt, stopping);
        ValueTask<(InlineResult, AttemptFacts)> running = CallAsync(descriptor, attempt, stopping);
        return running;
    }

    /// <summary>Asks a running step to end; a step that is not running is left alone.</summary>
    internal void Cancel(AttemptId attempt)
    {
        if (_running.TryGetValue(attempt, out CancellationTokenSource? source))
            source.Cancel();
    }

    /// <summary>How an activity that waited for a signal ends with this payload.</summary>
    internal AttemptOutcome Answer(string type, JsonElement payload) =>
        catalog.Find(type) is { } descriptor && create(descriptor.Implementation) is ISignalled signalled
            ? signalled.Answer(payload)
            : new AttemptOutcome.Succeeded(payload);

    private async ValueTask<(InlineResult, AttemptFacts)> RunCancellableAsync(
        ActivityDescriptor descriptor, InlineAttempt attempt, CancellationToken stopping)
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _running[attempt.Id] = source;
        try
        {
            return await CallAsync(descriptor, attempt, source.Token).ConfigureAwait(false);
        }
        finally
        {
            _running.TryRemove(attempt.Id, out _);
        }
    }

    private async ValueTask<(InlineResult, AttemptFacts)> CallAsync(
        ActivityDescriptor descriptor, InlineAttempt attempt, CancellationToken cancel)
    {
        InlineContext context = new(attempt, artifacts, time, log);
        try
        {
            IInlineCall call = _calls.GetOrAdd(descriptor.InputsType,
                static type => (IInlineCall)Activator.CreateInstance(typeof(InlineCall<>).MakeGenericType(type))!);
            InlineResult result = await call.RunAsync(create(descriptor.Implementation), attempt.Inputs, context, cancel).ConfigureAwait(false);
            return (result, new AttemptFacts(null, context.Metrics));
        }
        catch (ActivityException error)
        {
            return (new InlineResult.Failed(new Failure(error.Kind, error.Code, error.Message)), new AttemptFacts(null, context.Metrics));
        }
        catch (JsonException error)
        {
            return (new InlineResult.Failed(new Failure(FailureKind.User, "ENG-007", $"the inputs do not fit {descriptor.Type}: {error.Message}")), AttemptFacts.None);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return (new InlineResult.Failed(new Failure(FailureKind.Cancelled, "ENG-008", "the step was told to stop")), AttemptFacts.None);
        }
        catch (Exception error)
        {
            LogBroken(log, error, attempt.Id);
            return (new InlineResult.Failed(new Failure(FailureKind.User, "ENG-009", $"{error.GetType().Name}: {error.Message}")), AttemptFacts.None);
        }
    }

    private interface IInlineCall
    {
        ValueTask<InlineResult> RunAsync(object activity, JsonElement inputs, ActivityContext context, CancellationToken cancel);
    }

    private sealed class InlineCall<TInputs> : IInlineCall
        where TInputs : notnull
    {
        public ValueTask<InlineResult> RunAsync(object activity, JsonElement inputs, ActivityContext context, CancellationToken cancel)
        {
            TInputs typed = inputs.Deserialize<TInputs>(ActivityJson.Options) ?? throw new JsonException("inputs are null");
            return ((IInlineActivity<TInputs>)activity).RunAsync(typed, context, cancel);
        }
    }

    [LoggerMessage(1402, LogLevel.Error, "ENG-009 Inline attempt {Attempt} threw")]
    private static partial void LogBroken(ILogger logger, Exception error, AttemptId attempt);
}
