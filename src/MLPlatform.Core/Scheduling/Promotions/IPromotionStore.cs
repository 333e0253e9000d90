namespace MLPlatform.Core.Scheduling.Promotions;

/// <summary>Promotions of pipelines between pools.</summary>
public interface IPromotionStore
{
    /// <summary>Writes a promotion down unless the same move of the pipeline is proposed or in force already; false where it is.</summary>
    Task<bool> AddAsync(Promotion promotion, CancellationToken cancel);

    Task<Promotion?> FindAsync(Guid id, CancellationToken cancel);

    /// <summary>Promotions, newest first; what is null asks nothing.</summary>
    Task<IReadOnlyList<Promotion>> ListAsync(string? pipeline, PromotionState? state, int limit, CancellationToken cancel);

    /// <summary>
    /// Does what a person decided, in one transaction: what a demotion undoes is revoked with it, and proposals to undo what is revoked are done.
    /// Null if there is no such promotion; else it as it is then, and why nothing was done, if so.
    /// </summary>
    Task<(Promotion Promotion, string? Why)?> DecideAsync(Guid id, PromotionAct act, string by, CancellationToken cancel);

    /// <summary>Pipelines of which a run ended at that instant or later.</summary>
    Task<IReadOnlyList<string>> ListPipelinesAsync(DateTimeOffset endedSince, CancellationToken cancel);
}
