using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Engine.Triggers;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Triggers;

/// <summary>
/// Webhooks. One with a secret proves its caller by the signature of the body; one without asks for an editor's token, as
/// every other change does.
/// </summary>
internal static class HookEndpoint
{
    public static void MapHooks(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/hooks/{pipeline}/{name}", CallHook).WithName(nameof(CallHook)).WithTags("Triggers").AllowAnonymous()
            .WithSummary("Start a run through a webhook trigger; the body is JSON and reaches the run as trigger.body. Calls with one Idempotency-Key, or one X-GitHub-Delivery, start one run.")
            .Accepts<object>("application/json")
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(422);

    private static async Task<Results<Accepted<HookView>, Ok<NoRunView>, ProblemHttpResult>> CallHook(
        string pipeline, string name, HttpContext context, WebhookTriggers hooks, Audit audit, IAuthorizationService authorization, CancellationToken cancel)
    {
        string key = $"{pipeline}/{name}";
        bool? signed = await hooks.IsSignedAsync(key, cancel);
        if (signed is null)
            return Problem.NotFound($"webhook '{key}'", "'mlp triggers list' shows the triggers there are.");
        if (signed is false && !(await authorization.AuthorizeAsync(context.User, Permissions.Edit)).Succeeded)
            return context.User.Identity?.IsAuthenticated == true
                ? Problem.Of(403, "API-006", "This webhook needs a token with the role editor.")
                : Problem.Of(401, "API-005", "This webhook has no secret, so it asks for a token.", "Send 'Authorization: Bearer TOKEN' of an editor, or give the trigger a secret.");

        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, cancel);
        WebhookResult result = await hooks.FireAsync(
            new WebhookCall(key, body.ToArray(), HeaderOf(context, "Idempotency-Key") ?? HeaderOf(context, "X-GitHub-Delivery"), HeaderOf(context, "X-Hub-Signature-256")), cancel);
        switch (result)
        {
            case WebhookResult.Accepted accepted:
                if (!accepted.Again)
                    await audit.WriteAsync(context.User, "hook.call", key, new { run = accepted.Run.Value }, cancel);
                return TypedResults.Accepted($"/api/v1/runs/{accepted.Run}", new HookView(accepted.Run.Value, accepted.Again));
            case WebhookResult.Nothing nothing:
                return TypedResults.Ok(new NoRunView(nothing.Why));
            case WebhookResult.NotFound missing:
                return Problem.Of(404, missing.Code, missing.Message + ".");
            case WebhookResult.Unauthorized wrong:
                return Problem.Of(401, wrong.Code, wrong.Message + ".");
            case WebhookResult.Unreadable unreadable:
                return Problem.Of(400, unreadable.Code, unreadable.Message + ".");
            case WebhookResult.Refused refused:
                return Problem.Of(422, refused.Code, refused.Message + ".");
            default:
                throw new InvalidOperationException($"{result} is not a known outcome");
        }
    }

    private static string? HeaderOf(HttpContext context, string name) =>
        context.Request.Headers.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) ? values.ToString() : null;
}
