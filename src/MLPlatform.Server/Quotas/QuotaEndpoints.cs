using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Access;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Pools;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Quotas;

/// <summary>Who may use how much, and changing it.</summary>
internal static class QuotaEndpoints
{
    public static IServiceCollection AddQuotas(this IServiceCollection services) =>
        services.AddSingleton<QuotaReader>().AddSingleton<IPools, AppliedPools>();

    public static void MapQuotas(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder quotas = app.MapGroup("/api/v1/quotas").WithTags("Quotas").RequireAuthorization(Permissions.View);
        quotas.MapGet("/", GetQuotas).WithName(nameof(GetQuotas)).WithSummary("Quotas of all groups, what is used of them, and by whom.");
        quotas.MapGet("/file", GetResourcesFile).WithName(nameof(GetResourcesFile)).WithSummary("The resources file that holds, or an earlier version of it.").ProducesProblem(404);
        quotas.MapGet("/versions", ListResourcesVersions).WithName(nameof(ListResourcesVersions)).WithSummary("Versions of the resources file, newest first.").ProducesProblem(400);
        quotas.MapPut("/file", ApplyResourcesFile).WithName(nameof(ApplyResourcesFile)).RequireAuthorization(Permissions.Administer)
            .WithSummary("Make a resources file the one that holds; an empty one ({}) takes pools and quotas away.").ProducesProblem(400).ProducesProblem(422);
        quotas.MapPost("/validate", ValidateResourcesFile).WithName(nameof(ValidateResourcesFile)).WithSummary("All that is wrong with a resources file.");
        quotas.MapGet("/expansions", ListExpansions).WithName(nameof(ListExpansions)).WithSummary("Expansions that hold or will hold, and with all=true those that are over.");
        quotas.MapPost("/expansions", ExpandQuota).WithName(nameof(ExpandQuota)).RequireAuthorization(Permissions.Administer)
            .WithSummary("Give a group more for a while; it ends by itself.").ProducesProblem(400).ProducesProblem(409);
        quotas.MapPost("/expansions/{id:guid}/end", EndExpansion).WithName(nameof(EndExpansion)).RequireAuthorization(Permissions.Administer)
            .WithSummary("End an expansion before its time.").ProducesProblem(404);
        ExpansionRequestEndpoints.Map(quotas.MapGroup("/expansions/requests"));
    }

    private static async Task<Ok<QuotasView>> GetQuotas(QuotaReader reader, IQuotaStore store, CancellationToken cancel)
    {
        QuotaBook book = await reader.ReadAsync(cancel);
        ResourcesVersion? version = await store.FindAsync(null, cancel);
        return TypedResults.Ok(new QuotasView(book.Version, version?.AppliedBy, version?.AppliedAt, [.. QuotaTree.Places(book).Select(p => Quota(book, p.Group, p.Pool))]));
    }

    private static GroupQuotaView Quota(QuotaBook book, string group, string pool)
    {
        GroupDeclaration? declared = book.File?.Groups.GetValueOrDefault(group);
        QuotaDeclaration? quota = declared?.Quotas.GetValueOrDefault(pool);
        (Amount used, Amount borrowed) = book.HeldBy(group, pool);
        Amount? nominal = book.NominalOf(group, pool);
        Amount? expanded = nominal - quota?.Nominal.Or(Amount.Zero);
        return new GroupQuotaView(group, declared?.Parent, pool, nominal is { } n ? AmountView.From(n) : null, expanded is { IsZero: false } e ? AmountView.From(e) : null,
            AmountView.From(used), AmountView.From(QuotaTree.Below(book, group).Select(g => book.HeldBy(g, pool).Used).Aggregate(Amount.Zero, (a, b) => a + b)), AmountView.From(borrowed), quota?.BorrowingLimit, quota?.LendingLimit,
            [.. book.Holders(group, pool).Select(HolderView.From)]);
    }

    private static async Task<Results<Ok<ResourcesView>, ProblemHttpResult>> GetResourcesFile(IQuotaStore store, CancellationToken cancel, int? version = null) =>
        await store.FindAsync(version, cancel) is { } found
            ? TypedResults.Ok(ResourcesView.From(found, Compile(found.Json, null).Problems, withFile: true))
            : Problem.NotFound(version is null ? "resources file" : $"version {version} of the resources file", "'mlp quota apply FILE' applies one.");

    private static async Task<Results<Ok<List<ResourcesView>>, ProblemHttpResult>> ListResourcesVersions(IQuotaStore store, CancellationToken cancel, int limit = 50) =>
        limit is < 1 or > 1000
            ? Problem.BadRequest("limit must lie between 1 and 1000.")
            : TypedResults.Ok((await store.ListVersionsAsync(limit, cancel)).Select(v => ResourcesView.From(v, [], withFile: false)).ToList());

    private static Ok<List<Diagnostic>> ValidateResourcesFile(ApplyResourcesRequest request) =>
        TypedResults.Ok(Compile(TextOf(request.File), request.FileName).Problems.ToList());

    private static async Task<Results<Ok<ResourcesView>, ProblemHttpResult>> ApplyResourcesFile(
        ApplyResourcesRequest request, ClaimsPrincipal user, IQuotaStore store, QuotaSignal signal, Audit audit, ChannelDesk channels, CancellationToken cancel)
    {
        string text = TextOf(request.File);
        (ResourcesFile? file, IReadOnlyList<Diagnostic> problems) = Compile(text, request.FileName);
        if (file is null)
            return Problem.Of(422, "QUOTA-011", "Nothing was applied: the resources file has errors.", more: [KeyValuePair.Create<string, object?>("diagnostics", problems)]);
        problems = [.. problems, .. AlarmNames.Warnings(Encoding.UTF8.GetBytes(text), request.FileName ?? "resources.json", channels.Names, datasets: null)];
        ResourcesVersion? before = await store.FindAsync(null, cancel);
        ResourcesVersion now = await store.ApplyAsync(text, user.Name, cancel);
        if (now.Version != before?.Version)
        {
            await audit.WriteAsync(user, "quota.apply", $"version {now.Version}", new { pools = file.Pools.Count, groups = file.Groups.Count }, cancel);
            signal.Tell();
        }
        return TypedResults.Ok(ResourcesView.From(now, problems, withFile: false));
    }

    private static async Task<Ok<List<ExpansionView>>> ListExpansions(IQuotaStore store, TimeProvider time, CancellationToken cancel, bool all = false)
    {
        DateTimeOffset now = time.GetUtcNow();
        return TypedResults.Ok((await store.ListExpansionsAsync(all ? DateTimeOffset.UnixEpoch : now, cancel)).Select(e => ExpansionView.Of(e, now)).ToList());
    }

    private static async Task<Results<Ok<ExpansionView>, ProblemHttpResult>> ExpandQuota(
        ExpandRequest request, ClaimsPrincipal user, QuotaReader reader, IQuotaStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        Expansion wanted = new(Guid.CreateVersion7(now), request.Group, request.Pool, request.More.Or(Amount.Zero), request.From ?? now, request.Until, request.Reason.Trim(),
            request.Approver is { Length: > 0 } named ? named : user.Name, request.Source);
        if (ExpansionRules.Check(wanted, await reader.ReadAsync(cancel)) is { } wrong)
            return Problem.Of(wrong.Code == "QUOTA-010" ? 409 : 400, wrong.Code, wrong.Message, wrong.Hint);
        await store.AddExpansionAsync(wanted, user.Name, cancel);
        await audit.WriteAsync(user, "quota.expand", wanted.Group, new { wanted.Pool, wanted.Until, wanted.Reason, wanted.Approver }, cancel);
        signal.Tell();
        return TypedResults.Ok(ExpansionView.Of(new ExpansionRow(wanted, user.Name, now, null), now));
    }

    private static async Task<Results<Ok<ExpansionView>, ProblemHttpResult>> EndExpansion(
        Guid id, ClaimsPrincipal user, IQuotaStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (await store.EndExpansionAsync(id, user.Name, cancel) is not { } ended)
            return Problem.NotFound($"expansion {id}", "'mlp quota expansions --all' shows them.");
        await audit.WriteAsync(user, "quota.end", ended.Expansion.Group, new { id }, cancel);
        signal.Tell();
        return TypedResults.Ok(ExpansionView.Of(ended, time.GetUtcNow()));
    }

    private static string TextOf(JsonElement file) => file.ValueKind == JsonValueKind.String ? file.GetString()! : file.GetRawText();

    private static (ResourcesFile? File, IReadOnlyList<Diagnostic> Problems) Compile(string text, string? name) =>
        ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(text), name ?? "resources.json");
}
