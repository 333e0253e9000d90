using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Labels;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Labels;

/// <summary>Batches that people label.</summary>
internal static class LabelEndpoints
{
    public static IServiceCollection AddLabels(this IServiceCollection services) =>
        services.AddSingleton<LabelBell>().AddHostedService<LabelDelivery>();

    public static void MapLabels(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder batches = app.MapGroup("/api/v1/labels/batches").WithTags("Labels").RequireAuthorization(Permissions.View);
        batches.MapGet("/", ListLabelBatches).WithName(nameof(ListLabelBatches)).WithSummary("Labeling batches, newest first.").ProducesProblem(400);
        batches.MapGet("/{id:guid}", GetLabelBatch).WithName(nameof(GetLabelBatch)).WithSummary("A batch and how far it is.").ProducesProblem(404);
        batches.MapGet("/{id:guid}/annotations", ListAnnotations).WithName(nameof(ListAnnotations))
            .WithSummary("Every revision of every answer, or the newest of one person.").ProducesProblem(400).ProducesProblem(404);
        batches.MapGet("/{id:guid}/agreement", GetAgreement).WithName(nameof(GetAgreement))
            .WithSummary("How far the people of a batch agree beyond chance.").ProducesProblem(404);
        batches.MapPost("/{id:guid}/next", NextLabelItem).WithName(nameof(NextLabelItem)).RequireAuthorization(Permissions.Edit)
            .WithSummary("The next item for a person, kept from others for a while.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
        batches.MapPut("/{id:guid}/items/{item:int}/annotation", SaveAnnotation).WithName(nameof(SaveAnnotation)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Keep a person's answer, or skip the item.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        batches.MapDelete("/{id:guid}/items/{item:int}/annotation", WithdrawAnnotation).WithName(nameof(WithdrawAnnotation)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take a person's answer back: it counts as not given, and the item is theirs again.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        batches.MapGet("/{id:guid}/disputes", ListDisputes).WithName(nameof(ListDisputes))
            .WithSummary("Items on which people disagree and that nobody decided.").ProducesProblem(404);
        batches.MapPut("/{id:guid}/items/{item:int}/decision", DecideItem).WithName(nameof(DecideItem)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Decide an item: the answer stands above all votes.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        batches.MapGet("/{id:guid}/label-studio", ExportLabelStudio).WithName(nameof(ExportLabelStudio))
            .WithSummary("The batch in Label Studio's JSON.").ProducesProblem(404);
        batches.MapPost("/{id:guid}/label-studio", ImportLabelStudio).WithName(nameof(ImportLabelStudio)).RequireAuthorization(Permissions.Administer)
            .WithSummary("Bring in the annotations of a Label Studio export: all of them or none.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        batches.MapPost("/{id:guid}/close", CloseLabelBatch).WithName(nameof(CloseLabelBatch)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Close a batch with what it has.").ProducesProblem(404);
    }

    private static async Task<Results<Ok<List<LabelBatchView>>, ProblemHttpResult>> ListLabelBatches(ILabelStore store, CancellationToken cancel, string? status = null)
    {
        (LabelBatchState? wanted, ProblemHttpResult? unknown) = QueryEnum.Read<LabelBatchState>(status, "state of a batch");
        return unknown is not null ? unknown : TypedResults.Ok((await store.ListAsync(wanted, cancel)).Select(LabelBatchView.From).ToList());
    }

    private static async Task<Results<Ok<LabelBatchView>, ProblemHttpResult>> GetLabelBatch(Guid id, ILabelStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } batch ? TypedResults.Ok(LabelBatchView.From(batch)) : NoBatch(id);

    private static async Task<Results<Ok<List<AnnotationView>>, ProblemHttpResult>> ListAnnotations(
        Guid id, ILabelStore store, CancellationToken cancel, string? annotator = null, int last = 100)
    {
        if (last is < 1 or > 1000)
            return Problem.BadRequest("last must be from 1 to 1000.");
        if (await store.FindAsync(id, cancel) is null)
            return NoBatch(id);
        IReadOnlyList<Annotation> found = annotator is null ? await store.ListAnnotationsAsync(id, cancel) : await store.ListAnnotationsAsync(id, annotator, null, last, cancel);
        return TypedResults.Ok(found.Select(AnnotationView.From).ToList());
    }

    private static async Task<Results<Ok<AgreementReport>, ProblemHttpResult>> GetAgreement(Guid id, ILabelStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } batch
            ? TypedResults.Ok(AgreementReport.Of(batch.Question.Kind, await store.ListAnnotationsAsync(id, cancel), await store.ListItemsAsync(id, cancel))) : NoBatch(id);

    private static async Task<Results<Ok<NextItemView>, ProblemHttpResult>> NextLabelItem(
        Guid id, NextItemRequest request, ClaimsPrincipal user, ILabelStore store, CancellationToken cancel)
    {
        if (request.LeaseSeconds is < 1 or > 86_400)
            return Problem.BadRequest("leaseSeconds must be from 1 to 86400.");
        if (Refused(user, request.Annotator) is { } refused)
            return refused;
        if (await store.FindAsync(id, cancel) is null)
            return NoBatch(id);
        string annotator = request.Annotator ?? user.Name;
        if (await store.NextAsync(id, annotator, TimeSpan.FromSeconds(request.LeaseSeconds), cancel) is not { } item)
            return TypedResults.Ok(new NextItemView(annotator, null));
        IReadOnlyList<Annotation> before = await store.ListAnnotationsAsync(id, annotator, item.Number, 2, cancel);
        return TypedResults.Ok(new NextItemView(annotator, LabelItemView.From(item), before.Count > 0 ? before[0].Revision : 0,
            before.Select(b => b.ValueJson).FirstOrDefault(v => v is not null) is { } given ? RawJson.Read(given) : null));
    }

    private static async Task<Results<Ok<SavedView>, ProblemHttpResult>> SaveAnnotation(
        Guid id, int item, AnnotationRequest request, ClaimsPrincipal user, ILabelStore store, LabelBell bell, CancellationToken cancel)
    {
        if (Refused(user, request.Annotator) is { } refused)
            return refused;
        if (await store.FindAsync(id, cancel) is not { } batch)
            return NoBatch(id);
        (string? value, string? problem) = Value(batch, request);
        return problem is null
            ? await KeepAsync(new AnnotationDraft(id, item, request.Annotator ?? user.Name, request.Revision, value is null ? AnnotationAction.Skip : AnnotationAction.Save, value), store, bell, cancel)
            : DoesNotFit(problem);
    }

    private static async Task<Results<Ok<SavedView>, ProblemHttpResult>> WithdrawAnnotation(
        Guid id, int item, int revision, ClaimsPrincipal user, ILabelStore store, LabelBell bell, CancellationToken cancel, string? annotator = null)
    {
        if (Refused(user, annotator) is { } refused)
            return refused;
        return await store.FindAsync(id, cancel) is null
            ? NoBatch(id) : await KeepAsync(new AnnotationDraft(id, item, annotator ?? user.Name, revision, AnnotationAction.Withdraw, null), store, bell, cancel);
    }

    private static async Task<Results<Ok<SavedView>, ProblemHttpResult>> DecideItem(
        Guid id, int item, AnnotationRequest request, ClaimsPrincipal user, ILabelStore store, LabelBell bell, CancellationToken cancel)
    {
        if (Refused(user, request.Annotator) is { } refused)
            return refused;
        if (await store.FindAsync(id, cancel) is not { } batch)
            return NoBatch(id);
        if (!user.IsInRole(Permissions.Administer) && batch.Rule.Adjudicators?.Contains(user.Name, StringComparer.Ordinal) != true)
            return Problem.Of(403, "LABEL-015", $"{user.Name} is no adjudicator of this batch.", "Ask one of them or an administrator; 'adjudicators' of label.human names them.");
        (string? value, string? problem) = Value(batch, request);
        return value is not null
            ? await KeepAsync(new AnnotationDraft(id, item, request.Annotator ?? user.Name, request.Revision, AnnotationAction.Decide, value), store, bell, cancel)
            : DoesNotFit(problem ?? "A decision needs a value.");
    }

    private static (string? Value, string? Problem) Value(LabelBatch batch, AnnotationRequest request) =>
        request.Value is { ValueKind: not JsonValueKind.Null } answer ? LabelValue.Check(batch.Question, answer) : (null, null);

    private static ProblemHttpResult DoesNotFit(string problem) => Problem.Of(400, "LABEL-010", problem, "'mlp labels show' tells the labels of a batch.");

    private static async Task<Results<Ok<SavedView>, ProblemHttpResult>> KeepAsync(AnnotationDraft draft, ILabelStore store, LabelBell bell, CancellationToken cancel)
    {
        switch (await store.SaveAsync(draft, cancel))
        {
            case SaveResult.Saved saved:
                if (saved.Closed)
                    bell.Ring();
                return TypedResults.Ok(new SavedView(draft.Item, draft.Annotator, saved.Revision, saved.Closed));
            case SaveResult.Conflict conflict:
                return Problem.Conflict("LABEL-011", $"The answer of {draft.Annotator} to item {draft.Item} has revision {conflict.Revision}, not {draft.Expected}: it was saved elsewhere meanwhile.",
                    "Look at the newest revision, then save with its number.");
            case SaveResult.BatchClosed closed:
                return Problem.Conflict("LABEL-012", $"The batch takes no more answers; it was closed: {closed.Because}.");
            case SaveResult.NotFound missing:
                return Problem.NotFound(missing.What);
            default:
                throw new InvalidOperationException("an answer has no such end");
        }
    }

    private static async Task<Results<Ok<List<DisputeView>>, ProblemHttpResult>> ListDisputes(Guid id, ILabelStore store, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is not { } batch)
            return NoBatch(id);
        ILookup<int, Annotation> answers = (await store.ListAnnotationsAsync(id, cancel)).ToLookup(a => a.Item);
        return TypedResults.Ok((await store.ListItemsAsync(id, cancel)).Where(i => Consensus.Of(answers[i.Number]) is { Disputed: true } c && c.Answers >= batch.Rule.PerItem)
            .Select(i => new DisputeView(LabelItemView.From(i), [.. answers[i.Number].GroupBy(a => a.Annotator).Select(own => own.MaxBy(a => a.Revision)!).Where(a => a.Action != AnnotationAction.Withdraw).Select(AnnotationView.From)])).ToList());
    }

    private static async Task<Results<Ok<JsonNode>, ProblemHttpResult>> ExportLabelStudio(Guid id, ILabelStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } batch
            ? TypedResults.Ok<JsonNode>(LabelStudio.Export(batch, await store.ListItemsAsync(id, cancel), await store.ListAnnotationsAsync(id, cancel))) : NoBatch(id);

    private static async Task<Results<Ok<ImportedView>, ProblemHttpResult>> ImportLabelStudio(
        Guid id, JsonElement tasks, ClaimsPrincipal user, ILabelStore store, LabelBell bell, Audit audit, CancellationToken cancel)
    {
        // 1. See everything that would be brought in; 2. take all of it or nothing.
        if (await store.FindAsync(id, cancel) is not { } batch)
            return NoBatch(id);
        (IReadOnlyList<AnnotationDraft> drafts, int unchanged, IReadOnlyList<string> problems) =
            LabelStudio.Import(batch, await store.ListItemsAsync(id, cancel), await store.ListAnnotationsAsync(id, cancel), tasks);
        if (problems.Count > 0)
            return Problem.Of(400, "LABEL-016", $"Nothing was brought in: {string.Join(" ", problems.Take(20))}{(problems.Count > 20 ? $" And {problems.Count - 20} more." : "")}", "Correct the file, or make the batch with the question that the file answers.");
        switch (await store.SaveAllAsync(id, drafts, cancel))
        {
            case SaveResult.Saved saved:
                await audit.WriteAsync(user, "labels.import", id.ToString(), null, cancel);
                if (saved.Closed)
                    bell.Ring();
                return TypedResults.Ok(new ImportedView(drafts.Count, unchanged, saved.Closed));
            case SaveResult.Conflict:
                return Problem.Conflict("LABEL-011", "People saved answers meanwhile; nothing was brought in.", "Do it again.");
            case SaveResult.BatchClosed closed:
                return Problem.Conflict("LABEL-012", $"The batch takes no more answers; it was closed: {closed.Because}.");
            default:
                return NoBatch(id);
        }
    }

    private static async Task<Results<Ok<LabelBatchView>, ProblemHttpResult>> CloseLabelBatch(
        Guid id, ClaimsPrincipal user, ILabelStore store, LabelBell bell, Audit audit, CancellationToken cancel)
    {
        if (await store.CloseAsync(id, $"closed by {user.Name}", cancel))
            await audit.WriteAsync(user, "labels.close", id.ToString(), null, cancel);
        bell.Ring();
        return await GetLabelBatch(id, store, cancel);
    }

    /// <summary>People answer as themselves; an administrator may bring in answers of others.</summary>
    private static ProblemHttpResult? Refused(ClaimsPrincipal user, string? annotator) => annotator switch
    {
        null => null,
        { Length: 0 or > 128 } => Problem.BadRequest("annotator must have 1 to 128 characters."),
        _ when annotator == user.Name || user.IsInRole(Permissions.Administer) => null,
        _ => Problem.Of(403, "LABEL-013", "Only an administrator may answer in the name of another person.", "Leave annotator out."),
    };

    private static ProblemHttpResult NoBatch(Guid id) => Problem.NotFound($"labeling batch '{id}'", "'mlp labels list' shows the batches there are.");
}
