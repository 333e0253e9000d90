using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Access;

/// <summary>API tokens and the audit trail.</summary>
internal static partial class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder tokens = app.MapGroup("/api/v1/tokens").WithTags("Access").RequireAuthorization(Permissions.Administer);
        tokens.MapGet("/", ListTokens).WithName(nameof(ListTokens)).WithSummary("All tokens, without their secrets.");
        tokens.MapPost("/", CreateToken).WithName(nameof(CreateToken)).WithSummary("Make a token; its secret is shown this once.")
            .ProducesProblem(400).ProducesProblem(409);
        tokens.MapDelete("/{name}", RevokeToken).WithName(nameof(RevokeToken)).WithSummary("Revoke a token, at once.").ProducesProblem(404);
        app.MapGet("/api/v1/me", ShowMe).WithName(nameof(ShowMe)).WithTags("Access").RequireAuthorization(Permissions.View).WithSummary("Who asks, and what they may do.");
        app.MapGet("/api/v1/audit", ListAudit).WithName(nameof(ListAudit)).WithTags("Access")
            .RequireAuthorization(Permissions.Administer).WithSummary("Who changed what, newest first.").ProducesProblem(400);
    }

    private static Ok<MeView> ShowMe(ClaimsPrincipal user) => TypedResults.Ok(new MeView(
        user.Name, user.IsInRole(Permissions.Administer) ? Role.Admin : user.IsInRole(Permissions.Edit) ? Role.Editor : Role.Viewer));

    private static async Task<Ok<List<TokenView>>> ListTokens(IAccessStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListTokensAsync(cancel)).Select(TokenView.From).ToList());

    private static async Task<Results<Created<NewTokenView>, ProblemHttpResult>> CreateToken(
        NewToken request, ClaimsPrincipal user, IAccessStore store, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (!NamePattern.IsMatch(request.Name))
            return Problem.BadRequest($"'{request.Name}' cannot name a token.", "Use 1 to 64 letters, digits, dots, dashes or underscores.");
        if ((await store.ListTokensAsync(cancel)).Any(t => t.Name == request.Name))
            return Problem.Conflict("API-011", $"There is a token named '{request.Name}' already.", "Names stay taken after a token is revoked, so that the audit trail stays clear.");
        string secret = TokenSecret.Create();
        await store.AddTokenAsync(request.Name, TokenSecret.Hash(secret), request.Role, time.GetUtcNow(), cancel);
        await audit.WriteAsync(user, "token.create", request.Name, new { role = Permissions.Of(request.Role) }, cancel);
        return TypedResults.Created($"/api/v1/tokens/{request.Name}", new NewTokenView(request.Name, request.Role, secret));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeToken(
        string name, ClaimsPrincipal user, IAccessStore store, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (!await store.RevokeTokenAsync(name, time.GetUtcNow(), cancel))
            return Problem.NotFound($"token '{name}'", "'mlp tokens list' shows the tokens there are.");
        await audit.WriteAsync(user, "token.revoke", name, null, cancel);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<PageView<AuditView>>, ProblemHttpResult>> ListAudit(
        IAccessStore store, CancellationToken cancel, long? cursor = null, int limit = 100)
    {
        if (limit is < 1 or > 1000)
            return Problem.BadRequest("limit must lie between 1 and 1000.");
        List<AuditView> rows = [.. (await store.ListAuditAsync(cursor, limit, cancel)).Select(AuditView.From)];
        string? next = rows.Count == limit ? rows[^1].Id.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(new PageView<AuditView>(rows, next));
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern { get; }
}
