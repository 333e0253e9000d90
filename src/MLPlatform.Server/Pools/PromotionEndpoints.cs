using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Pools;

/// <summary>Promotions of pipelines between pools, and deciding about them.</summary>
internal static class PromotionEndpoints
{
    public static void MapPromotions(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder promotions = app.MapGroup("/api/v1/pool-promotions").WithTags("Pools").RequireAuthorization(Permissions.View);
        promotions.MapGet("/", ListPromotions).WithName(nameof(ListPromotions)).WithSummary("Promotions of pipelines between pools, newest first.").ProducesProblem(400);
        Act("accept", PromotionAct.Accept, "Accept what is proposed: new runs of the pipeline get the other pool; a demotion gives them their own back.");
        Act("refuse", PromotionAct.Refuse, "Refuse what is proposed; it comes again only by runs that end later.");
        Act("revoke", PromotionAct.Revoke, "Take a promotion back: new runs of the pipeline ask for what its file says.");

        void Act(string path, PromotionAct act, string summary) => promotions.MapPost("/{id:guid}/" + path,
            (Guid id, ClaimsPrincipal user, IPromotionStore store, Audit audit, CancellationToken cancel) => Decide(id, act, user, store, audit, cancel))
            .WithName($"{act}Promotion").RequireAuthorization(Permissions.Administer).WithSummary(summary).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Results<Ok<List<PromotionView>>, ProblemHttpResult>> ListPromotions(
        IPromotionStore store, CancellationToken cancel, string? pipeline = null, string? state = null, int limit = 100)
    {
        (PromotionState? wanted, ProblemHttpResult? unknown) = QueryEnum.Read<PromotionState>(state, "state of a promotion");
        if (unknown is not null)
            return unknown;
        return limit is < 1 or > 1000
            ? Problem.BadRequest("limit must lie between 1 and 1000.")
            : TypedResults.Ok((await store.ListAsync(pipeline, wanted, limit, cancel)).Select(PromotionView.Of).ToList());
    }

    private static async Task<Results<Ok<PromotionView>, ProblemHttpResult>> Decide(
        Guid id, PromotionAct act, ClaimsPrincipal user, IPromotionStore store, Audit audit, CancellationToken cancel)
    {
        if (await store.DecideAsync(id, act, user.Name, cancel) is not { } decided)
            return Problem.NotFound($"promotion {id}", "'mlp pools promotions list' shows them.");
        (Promotion promotion, string? refused) = decided;
        if (refused is { } why)
            return Problem.Of(409, "QUOTA-031", $"Promotion {id} cannot be changed so: {why}.", null);
        await audit.WriteAsync(user, $"promotion.{act}".ToLowerInvariant(), promotion.Pipeline, new { id, promotion.From, promotion.To }, cancel);
        return TypedResults.Ok(PromotionView.Of(promotion));
    }
}

/// <summary>A pipeline's move from one pool to another.</summary>
/// <param name="Kind">promotion, or demotion: the way back.</param>
/// <param name="Reasons">Why it was proposed, in words and numbers.</param>
/// <param name="DecidedBy">Who decided last: a person, or rule.</param>
/// <param name="Undoes">Of a demotion: the promotion that it takes back.</param>
internal sealed record PromotionView(
    Guid Id, string Kind, string Pipeline, string From, string To, PromotionState State, string Reasons, DateTimeOffset ProposedAt, string? DecidedBy, DateTimeOffset? DecidedAt, Guid? Undoes)
{
    public static PromotionView Of(Promotion p) => new(
        p.Id, p.IsDemotion ? "demotion" : "promotion", p.Pipeline, p.From, p.To, p.State, p.Reasons, p.ProposedAt, p.DecidedBy, p.DecidedAt, p.Undoes);
}
