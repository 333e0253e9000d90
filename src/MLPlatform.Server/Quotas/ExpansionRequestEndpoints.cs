using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Quotas;

/// <summary>Asking for more quota for a while, and deciding about it: editors ask, administrators decide.</summary>
internal static class ExpansionRequestEndpoints
{
    public static void Map(RouteGroupBuilder requests)
    {
        requests.MapGet("/", ListExpansionRequests).WithName(nameof(ListExpansionRequests)).WithSummary("Requests for expansions, newest first.").ProducesProblem(400);
        requests.MapPost("/", RequestExpansion).WithName(nameof(RequestExpansion)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Ask for more quota for a while; an administrator decides, and the request expires by itself.").ProducesProblem(400).ProducesProblem(409);
        requests.MapPost("/{id:guid}/approve", ApproveExpansion).WithName(nameof(ApproveExpansion)).RequireAuthorization(Permissions.Administer)
            .WithSummary("Approve a request: it becomes an expansion of the same id.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        requests.MapPost("/{id:guid}/decline", DeclineExpansion).WithName(nameof(DeclineExpansion)).RequireAuthorization(Permissions.Administer)
            .WithSummary("Decline a request, and say why.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        requests.MapPost("/{id:guid}/withdraw", WithdrawExpansion).WithName(nameof(WithdrawExpansion)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take a request back: one's own, or as an administrator anybody's.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Results<Ok<List<ExpansionRequestView>>, ProblemHttpResult>> ListExpansionRequests(
        IExpansionRequestStore store, TimeProvider time, CancellationToken cancel, string? state = null, int limit = 100)
    {
        (RequestState? wanted, ProblemHttpResult? unknown) = QueryEnum.Read<RequestState>(state, "state of a request");
        if (unknown is not null)
            return unknown;
        if (limit is < 1 or > 1000)
            return Problem.BadRequest("limit must lie between 1 and 1000.");
        DateTimeOffset now = time.GetUtcNow();
        return TypedResults.Ok((await store.ListAsync(wanted, limit, cancel)).Select(r => ExpansionRequestView.Of(r, now)).ToList());
    }

    private static async Task<Results<Ok<ExpansionRequestView>, ProblemHttpResult>> RequestExpansion(
        AskExpansionRequest request, ClaimsPrincipal user, QuotaReader reader, IExpansionRequestStore store, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        ExpansionRequest asked = ExpansionRequest.Ask(Guid.CreateVersion7(now), request.Group, request.Pool, request.More.Or(Amount.Zero), request.From, request.Until,
            request.Reason.Trim(), request.Source, user.Name, now);
        if (ExpansionRules.CheckWish(asked.Grant(user.Name, asked.Source, now), await reader.ReadAsync(cancel)) is { } wrong)
            return Refused(wrong);
        await store.AddAsync(asked, cancel);
        await audit.WriteAsync(user, "quota.request", asked.Group, new { asked.Id, asked.Pool, asked.Until, asked.Reason }, cancel);
        return TypedResults.Ok(ExpansionRequestView.Of(asked, now));
    }

    private static async Task<Results<Ok<ExpansionRequestView>, ProblemHttpResult>> ApproveExpansion(
        Guid id, ApproveExpansionRequest request, ClaimsPrincipal user, QuotaReader reader, IExpansionRequestStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is not { } asked)
            return Unknown(id);
        string? source = request.Source ?? asked.Source;
        // What is decided already is told by the decision; else a late click would hear of quotas.
        if (asked.StateAt(time.GetUtcNow()) == RequestState.Pending
            && ExpansionRules.Check(asked.Grant(user.Name, source, time.GetUtcNow()), await reader.ReadAsync(cancel)) is { } wrong)
            return Refused(wrong);
        return await DecideAsync(id, RequestAct.Approve, request.Word ?? "", source, user, store, signal, audit, time, cancel);
    }

    private static async Task<Results<Ok<ExpansionRequestView>, ProblemHttpResult>> DeclineExpansion(
        Guid id, DeclineExpansionRequest request, ClaimsPrincipal user, IExpansionRequestStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel) =>
        string.IsNullOrWhiteSpace(request.Word)
            ? Problem.BadRequest("Declining needs a word.", "Say why not, for who asked to read.")
            : await DecideAsync(id, RequestAct.Decline, request.Word, null, user, store, signal, audit, time, cancel);

    private static async Task<Results<Ok<ExpansionRequestView>, ProblemHttpResult>> WithdrawExpansion(
        Guid id, ClaimsPrincipal user, IExpansionRequestStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is { } asked && asked.AskedBy != user.Name && !user.IsInRole(Permissions.Administer))
            return Problem.Of(403, "QUOTA-013", $"{asked.AskedBy} asked for it, not {user.Name}.", "Who asked takes it back, or an administrator.");
        return await DecideAsync(id, RequestAct.Withdraw, "", null, user, store, signal, audit, time, cancel);
    }

    private static async Task<Results<Ok<ExpansionRequestView>, ProblemHttpResult>> DecideAsync(
        Guid id, RequestAct act, string word, string? source, ClaimsPrincipal user, IExpansionRequestStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (await store.DecideAsync(id, act, user.Name, word.Trim(), source, cancel) is not { } decided)
            return Unknown(id);
        (ExpansionRequest asked, string? refused) = decided;
        if (refused is not null)
            return Problem.Of(409, "QUOTA-012", $"Request {id} cannot be decided: {refused}.", "Ask anew for what is still needed.");
        await audit.WriteAsync(user, $"quota.{act}".ToLowerInvariant(), asked.Group, new { id, asked.AskedBy, asked.Pool, source, word = asked.Decision!.Word }, cancel);
        signal.Tell();
        return TypedResults.Ok(ExpansionRequestView.Of(asked, time.GetUtcNow()));
    }

    private static ProblemHttpResult Unknown(Guid id) => Problem.NotFound($"request {id}", "'mlp quota expansions requests' shows them.");

    private static ProblemHttpResult Refused(SettingsProblem wrong) => Problem.Of(wrong.Code == "QUOTA-010" ? 409 : 400, wrong.Code, wrong.Message, wrong.Hint);
}

/// <summary>A wish for more quota for a while.</summary>
internal sealed record AskExpansionRequest(
    string Group, string Pool,
    [property: Description("How much more.")] AmountDeclaration More,
    [property: Description("When it would end by itself.")] DateTimeOffset Until,
    [property: Description("Why, for who decides.")] string Reason,
    [property: Description("When it would begin. Default: when it is approved.")] DateTimeOffset? From = null,
    [property: Description("The group that would have as much less meanwhile. Default: who approves decides.")] string? Source = null);

/// <summary>An approval.</summary>
internal sealed record ApproveExpansionRequest(
    [property: Description("A word to who asked.")] string? Word = null,
    [property: Description("The group whose quota is less by as much meanwhile. Default: what the request names; where it names none, the pool must have as much unassigned.")] string? Source = null);

/// <summary>A refusal.</summary>
internal sealed record DeclineExpansionRequest([property: Description("Why not.")] string Word);

/// <summary>A request for an expansion, and what became of it.</summary>
/// <param name="ExpiresAt">Until when somebody can decide.</param>
/// <param name="Word">What who decided said.</param>
internal sealed record ExpansionRequestView(
    Guid Id, string Group, string Pool, AmountView More, DateTimeOffset? From, DateTimeOffset Until, string Reason, string? Source, string AskedBy, DateTimeOffset AskedAt,
    DateTimeOffset ExpiresAt, RequestState State, string? DecidedBy, DateTimeOffset? DecidedAt, string? Word)
{
    public static ExpansionRequestView Of(ExpansionRequest r, DateTimeOffset now) => new(
        r.Id, r.Group, r.Pool, AmountView.From(r.More), r.From, r.Until, r.Reason, r.Source, r.AskedBy, r.AskedAt,
        r.ExpiresAt, r.StateAt(now), r.Decision?.By, r.Decision?.At, r.Decision is { Word.Length: > 0 } said ? said.Word : null);
}
