namespace MLPlatform.Core.Scheduling.Promotions;

/// <summary>A pipeline's move from one pool to another, or back: proposed, and what became of it.</summary>
/// <param name="Reasons">Why it was proposed, in words and numbers.</param>
/// <param name="DecidedBy">Who decided last: a person, or <c>rule</c>.</param>
/// <param name="Undoes">The promotion that this one would take back; null for a promotion.</param>
public sealed record Promotion(
    Guid Id, string Pipeline, string From, string To, PromotionState State, string Reasons, DateTimeOffset ProposedAt,
    string? DecidedBy = null, DateTimeOffset? DecidedAt = null, Guid? Undoes = null)
{
    public bool IsDemotion => Undoes is not null;
}

/// <summary>Where a promotion is. Terminal: refused, revoked and done.</summary>
public enum PromotionState
{
    /// <summary>A person has to decide.</summary>
    Proposed,

    /// <summary>New runs of the pipeline that ask for the one pool get the other.</summary>
    InForce,

    /// <summary>A person said no; it is proposed again only by runs that ended later.</summary>
    Refused,

    /// <summary>It was in force, and new runs ask for what the file says again.</summary>
    Revoked,

    /// <summary>Of a demotion: it was accepted, so that the promotion is revoked.</summary>
    Done,
}

/// <summary>What a person may do to a promotion.</summary>
public enum PromotionAct
{
    Accept,
    Refuse,
    Revoke,
}

/// <summary>The one place where a promotion changes its state.</summary>
public static class PromotionMachine
{
    /// <summary>The next state, or null and why it cannot be.</summary>
    public static (PromotionState? Next, string? Why) Apply(Promotion promotion, PromotionAct act) => (promotion.State, act) switch
    {
        (PromotionState.Proposed, PromotionAct.Accept) => (promotion.IsDemotion ? PromotionState.Done : PromotionState.InForce, null),
        (PromotionState.Proposed, PromotionAct.Refuse) => (PromotionState.Refused, null),
        (PromotionState.InForce, PromotionAct.Revoke) => (PromotionState.Revoked, null),
        (PromotionState.Proposed, _) => (null, "it is only proposed; refuse it"),
        (PromotionState.InForce, _) => (null, "it is in force; revoke it"),
        (var ended, _) => (null, $"it is {(ended == PromotionState.Done ? "done" : ended == PromotionState.Refused ? "refused" : "revoked")} already"),
    };
}
