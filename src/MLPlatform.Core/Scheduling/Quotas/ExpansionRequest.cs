namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>A wish for more quota for a while, and what people decided about it. An approved one has an expansion of the same id.</summary>
/// <param name="Group">Who would get it.</param>
/// <param name="Pool">Where.</param>
/// <param name="More">How much would be added to the nominal quota.</param>
/// <param name="From">When it would begin; null for as soon as it is approved.</param>
/// <param name="Until">When it would be over.</param>
/// <param name="Reason">Why, in the words of who asks.</param>
/// <param name="Source">The group that would have as much less meanwhile; null where who asks names none. Who approves may name another.</param>
/// <param name="ExpiresAt">When nobody can decide any more: it is too late to matter.</param>
/// <param name="Decision">What was decided; null where nobody did.</param>
public sealed record ExpansionRequest(
    Guid Id, string Group, string Pool, Amount More, DateTimeOffset? From, DateTimeOffset Until, string Reason, string? Source,
    string AskedBy, DateTimeOffset AskedAt, DateTimeOffset ExpiresAt, RequestDecision? Decision = null)
{
    /// <summary>How long a request waits for a decision, unless what it asks for is over earlier: 7 days.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>A new one.</summary>
    public static ExpansionRequest Ask(
        Guid id, string group, string pool, Amount more, DateTimeOffset? from, DateTimeOffset until, string reason, string? source, string by, DateTimeOffset now) =>
        new(id, group, pool, more, from, until, reason, source, by, now, until < now + Life ? until : now + Life);

    public RequestState StateAt(DateTimeOffset now) => Decision?.State ?? (now < ExpiresAt ? RequestState.Pending : RequestState.Expired);

    /// <summary>The expansion that an approval makes of it.</summary>
    /// <param name="source">Whose quota is less by as much meanwhile; null for none.</param>
    public Expansion Grant(string approver, string? source, DateTimeOffset now) =>
        new(Id, Group, Pool, More, From is { } from && from > now ? from : now, Until, Reason, approver, source);
}

/// <summary>Where a request is. All but pending are terminal.</summary>
public enum RequestState
{
    /// <summary>Nobody has decided.</summary>
    Pending,

    /// <summary>It became an expansion.</summary>
    Approved,

    /// <summary>A person said no, and why.</summary>
    Declined,

    /// <summary>Who asked needs it no more.</summary>
    Withdrawn,

    /// <summary>Nobody decided in time.</summary>
    Expired,
}

/// <summary>What a person may do to a request.</summary>
public enum RequestAct
{
    Approve,
    Decline,
    Withdraw,
}

/// <summary>What a person decided.</summary>
/// <param name="Word">What was said about it; empty for nothing.</param>
public sealed record RequestDecision(RequestState State, string By, DateTimeOffset At, string Word);

/// <summary>The one place where a request changes its state.</summary>
public static class RequestMachine
{
    /// <summary>The next state, or null and why it cannot be.</summary>
    public static (RequestState? Next, string? Why) Apply(ExpansionRequest request, RequestAct act, DateTimeOffset now) => (request.StateAt(now), act) switch
    {
        (RequestState.Pending, RequestAct.Approve) => (RequestState.Approved, null),
        (RequestState.Pending, RequestAct.Decline) => (RequestState.Declined, null),
        (RequestState.Pending, RequestAct.Withdraw) => (RequestState.Withdrawn, null),
        (RequestState.Expired, _) => (null, "nobody decided in time, so it has expired"),
        (RequestState.Withdrawn, _) => (null, $"{request.Decision!.By} has withdrawn it"),
        (var ended, _) => (null, $"{request.Decision!.By} has {(ended == RequestState.Approved ? "approved" : "declined")} it already"),
    };
}
