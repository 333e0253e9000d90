namespace MLPlatform.Core.Activities;

/// <summary>
/// One step of work with typed inputs and outputs. The records <typeparamref name="TInputs"/> and
/// <typeparamref name="TOutputs"/> are its schema; services come by constructor; every seed is an input.
/// </summary>
/// <remarks>Runs in a worker process, one attempt at a time. It may be run again after a crash, so it must not
/// depend on what an earlier attempt left behind.</remarks>
public interface IActivity<TInputs, TOutputs>
    where TInputs : notnull
    where TOutputs : notnull
{
    /// <summary>Does the work. Throw <see cref="ActivityException"/> for a failure that a person can act on.</summary>
    Task<TOutputs> RunAsync(TInputs inputs, ActivityContext context, CancellationToken cancel);
}

/// <summary>
/// A cheap control step that runs inside the server. It either completes or defers itself to a time or a signal;
/// a deferred step costs no thread and survives restarts.
/// </summary>
public interface IInlineActivity<TInputs>
    where TInputs : notnull
{
    /// <summary>Does the work, which must be safe to repeat: an inline step may be run again after a crash.</summary>
    ValueTask<InlineResult> RunAsync(TInputs inputs, ActivityContext context, CancellationToken cancel);
}
