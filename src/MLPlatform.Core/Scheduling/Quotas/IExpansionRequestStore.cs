namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Requests for more quota for a while.</summary>
public interface IExpansionRequestStore
{
    /// <summary>Adds a request; one with the same id is left as it is.</summary>
    Task AddAsync(ExpansionRequest request, CancellationToken cancel);

    Task<ExpansionRequest?> FindAsync(Guid id, CancellationToken cancel);

    /// <summary>Requests, newest first; of every state where it is null.</summary>
    Task<IReadOnlyList<ExpansionRequest>> ListAsync(RequestState? state, int limit, CancellationToken cancel);

    /// <summary>
    /// Does what a person decided, in one transaction with the expansion that an approval makes.
    /// Null if there is no such request; else it as it is then, and why nothing was done, if so.
    /// </summary>
    /// <param name="word">What the person says about it.</param>
    /// <param name="source">For approvals: the group whose quota is less by as much meanwhile; null for none.</param>
    Task<(ExpansionRequest Request, string? Why)?> DecideAsync(Guid id, RequestAct act, string by, string word, string? source, CancellationToken cancel);
}
