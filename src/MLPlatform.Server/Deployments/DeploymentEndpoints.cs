using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Deployments;

/// <summary>What deployments serve, and changing it.</summary>
internal static class DeploymentEndpoints
{
    public static void MapDeployments(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder deployments = app.MapGroup("/api/v1/deployments").WithTags("Deployments").RequireAuthorization(Permissions.View);
        deployments.MapGet("/", ListDeployments).WithName(nameof(ListDeployments)).WithSummary("Deployments, by name.");
        deployments.MapGet("/{name}", GetDeployment).WithName(nameof(GetDeployment)).WithSummary("One deployment, and what of it this server serves.").ProducesProblem(404);
        deployments.MapGet("/{name}/history", ListDeploymentHistory).WithName(nameof(ListDeploymentHistory))
            .WithSummary("Changes of a deployment with their reasons and figures, newest first.").ProducesProblem(400);
        Change(deployments.MapPost("/{name}/deploy", Deploy).WithName(nameof(Deploy)), "Serve a version: as the champion, a canary, a challenger or a shadow.");
        Change(deployments.MapPost("/{name}/promote", Promote).WithName(nameof(Promote)), "Make a candidate the champion.");
        Change(deployments.MapPost("/{name}/rollback", RollBack).WithName(nameof(RollBack)), "Give the canary up; without one, go back to the champion before this one.");
        Change(deployments.MapPost("/{name}/withdraw", Withdraw).WithName(nameof(Withdraw)), "Serve a candidate no longer.");
        Change(deployments.MapPut("/{name}/settings", ConfigureDeployment).WithName(nameof(ConfigureDeployment)), "Change how requests are read.");
        deployments.MapDelete("/{name}", DeleteDeployment).WithName(nameof(DeleteDeployment)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Serve it no longer; its history stays.").ProducesProblem(404);
        Change(deployments.MapPut("/{name}/policy", GovernDeployment).WithName(nameof(GovernDeployment)), "Promote and give up canaries by guards; null: by people alone.");
        app.MapScore();
        app.MapRecall();
        app.MapFeedback();
        app.MapInference();
    }

    private static void Change(RouteHandlerBuilder endpoint, string summary) => endpoint.RequireAuthorization(Permissions.Edit).WithSummary(summary)
        .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);

    private static async Task<Ok<List<DeploymentView>>> ListDeployments(IDeploymentStore store, ServingTable table, PolicyWaits waits, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(d => DeploymentView.From(d, table, waits)).ToList());

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> GetDeployment(
        string name, IDeploymentStore store, ServingTable table, PolicyWaits waits, CancellationToken cancel) =>
        await store.FindAsync(name, cancel) is { } found ? TypedResults.Ok(DeploymentView.From(found, table, waits)) : NoDeployment(name);

    private static async Task<Results<Ok<PageView<DeploymentRevisionView>>, ProblemHttpResult>> ListDeploymentHistory(
        string name, IDeploymentStore store, CancellationToken cancel, long? cursor = null, int limit = 50)
    {
        if (limit is < 1 or > 1000)
            return Problem.BadRequest("limit must lie between 1 and 1000.");
        List<DeploymentRevisionView> rows = [.. (await store.ListHistoryAsync(name, cursor, limit, cancel)).Select(DeploymentRevisionView.From)];
        string? next = rows.Count == limit ? rows[^1].Number.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(new PageView<DeploymentRevisionView>(rows, next));
    }

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> Deploy(
        string name, DeployRequest request, ClaimsPrincipal user, IDeploymentStore store, DeploymentChanges changes, CancellationToken cancel) =>
        await changes.CarryOutAsync(user, new ChangeRequest(name,
            new DeploymentChange.Deploy(request.Model ?? (await store.FindAsync(name, cancel))?.Spec.Model ?? name, request.Version, request.Role ?? ServingRole.Champion, request.Percent, request.Settings), user.Name, request.Reason), cancel);

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> Promote(
        string name, CandidateRequest request, ClaimsPrincipal user, DeploymentChanges changes, CancellationToken cancel) =>
        await changes.CarryOutAsync(user, new ChangeRequest(name, new DeploymentChange.Promote(request.Version), user.Name, request.Reason), cancel);

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> RollBack(
        string name, ReasonRequest request, ClaimsPrincipal user, DeploymentChanges changes, CancellationToken cancel) =>
        await changes.CarryOutAsync(user, new ChangeRequest(name, new DeploymentChange.RollBack(), user.Name, request.Reason), cancel);

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> Withdraw(
        string name, CandidateRequest request, ClaimsPrincipal user, DeploymentChanges changes, CancellationToken cancel) =>
        request.Version is { } version
            ? await changes.CarryOutAsync(user, new ChangeRequest(name, new DeploymentChange.Withdraw(version), user.Name, request.Reason), cancel)
            : Problem.BadRequest("Name the version to withdraw.");

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> ConfigureDeployment(
        string name, ServingSettings settings, ClaimsPrincipal user, DeploymentChanges changes, CancellationToken cancel) =>
        await changes.CarryOutAsync(user, new ChangeRequest(name, new DeploymentChange.Configure(settings), user.Name), cancel);

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> GovernDeployment(
        string name, PolicyRequest request, ClaimsPrincipal user, DeploymentChanges changes, CancellationToken cancel) =>
        await changes.CarryOutAsync(user, new ChangeRequest(name, new DeploymentChange.Govern(request.Policy), user.Name, request.Reason), cancel);

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteDeployment(
        string name, ClaimsPrincipal user, IDeploymentStore store, ServingTable table, Audit audit, CancellationToken cancel)
    {
        if (!await store.DeleteAsync(name, user.Name, cancel))
            return NoDeployment(name);
        await table.RefreshAsync(name, cancel);
        await audit.WriteAsync(user, "deployment.delete", name, null, cancel);
        return TypedResults.NoContent();
    }

    internal static ProblemHttpResult NoDeployment(string name) => Problem.NotFound($"deployment '{name}'", "'mlp deployments list' shows the deployments there are.");
}

/// <summary>Carries changes out: what is to be served is loaded before it is committed, and served when the answer is given.</summary>
internal sealed class DeploymentChanges(IDeploymentStore store, IModelRegistry registry, ModelShelf shelf, ServingTable table, PolicyWaits waits, Audit audit)
{
    public async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> CarryOutAsync(ClaimsPrincipal user, ChangeRequest request, CancellationToken cancel)
    {
        if (!DeploymentName.IsValid(request.Name))
            return Problem.BadRequest($"'{request.Name}' cannot name a deployment.", "Use 1 to 128 letters, digits, '-', '_' and '.', a letter or digit first.");
        if (request.Change is not DeploymentChange.Deploy && await store.FindAsync(request.Name, cancel) is null)
            return DeploymentEndpoints.NoDeployment(request.Name);
        try
        {
            using ShelvedModel? loaded = request.Change is DeploymentChange.Deploy deploy && await registry.FindAsync(deploy.Model, deploy.Version, cancel) is { } version
                ? await shelf.TakeAsync(version, cancel) : null;
            switch (await new DeploymentDesk(store, registry).ChangeAsync(request, cancel))
            {
                case ChangeOutcome.Refused refused:
                    return Problem.Of(refused.Code == "SERVE-006" ? 400 : 409, refused.Code, refused.Message);
                case ChangeOutcome.Done { IsNew: true } done:
                    await audit.WriteAsync(user, "deployment." + request.Change.Action, request.Name, new { done.Deployment.Revision, request.Reason }, cancel);
                    break;
            }
            await table.RefreshAsync(request.Name, cancel);
            return TypedResults.Ok(DeploymentView.From((await store.FindAsync(request.Name, cancel))!, table, waits));
        }
        catch (ActivityException e)
        {
            return Problem.Of(e.Code == "SERVE-003" ? 409 : 503, e.Code, e.Message);
        }
    }
}

/// <summary>What a deployment may be called.</summary>
internal static partial class DeploymentName
{
    public static bool IsValid(string name) => Pattern.IsMatch(name);

    [System.Text.RegularExpressions.GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial System.Text.RegularExpressions.Regex Pattern { get; }
}
