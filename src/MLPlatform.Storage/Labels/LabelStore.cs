using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Labels;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Labels;

/// <summary>Every write of a batch first takes the batch's row, so that counts and answers never disagree on either database.</summary>
internal sealed class LabelStore(Database database, TimeProvider time) : ILabelStore
{
    private const string Batches =
        "SELECT id, run, activity, pipeline, question_json, per_item, skip_limit, deadline, status, items, done, created_at, closed_at, closed_because, delivered_at, adjudicators_json FROM label_batches";

    private const string Annotations = "SELECT item, annotator, revision, action, value_json, at, source_json FROM label_annotations";

    public Task<LabelBatch> OpenAsync(LabelBatchDraft draft, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        // 1. One batch for one step and its inputs, whoever asks first.
        DateTimeOffset now = time.GetUtcNow();
        Guid id = Guid.CreateVersion7(now);
        int made = await session.ExecuteAsync(
            "INSERT INTO label_batches (id, run, activity, inputs_hash, pipeline, question_json, per_item, skip_limit, deadline, status, items, done, changes, created_at, adjudicators_json) "
            + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, 0, 0, $11, $12) ON CONFLICT (run, activity, inputs_hash) DO NOTHING",
            [
                id, draft.Run.Value, draft.Activity, draft.InputsHash, draft.Pipeline, JsonSerializer.Serialize(draft.Question, ActivityJson.Options),
                draft.Rule.PerItem, draft.Rule.SkipLimit, draft.Rule.Deadline, draft.Items.Count, now,
                draft.Rule.Adjudicators is { } names ? JsonSerializer.Serialize(names, ActivityJson.Options) : null,
            ], cancel);
        if (made == 0)
        {
            // 2. The step runs again: what people did stands, and the answer is sent once more.
            object?[] key = [draft.Run.Value, draft.Activity, draft.InputsHash];
            await session.ExecuteAsync("UPDATE label_batches SET delivered_at = NULL, changes = changes + 1 WHERE run = $1 AND activity = $2 AND inputs_hash = $3", key, cancel);
            return (await session.FirstAsync($"{Batches} WHERE run = $1 AND activity = $2 AND inputs_hash = $3", key, ToBatch, cancel))!;
        }
        // 3. Its items.
        foreach (LabelItem item in draft.Items)
        {
            await session.ExecuteAsync("INSERT INTO label_items (batch, number, key, data_json, labels, skips, decisions, disputed, gold_json) VALUES ($1, $2, $3, $4, 0, 0, 0, $5, $6)",
                [id, item.Number, item.Key, item.DataJson, false, item.GoldJson], cancel);
        }
        return (await FindAsync(session, id, cancel))!;
    }, cancel);

    public async Task<LabelBatch?> FindAsync(Guid batch, CancellationToken cancel)
    {
        await using SqlSession session = await database.ReadAsync(cancel);
        return await FindAsync(session, batch, cancel);
    }

    public Task<LabelBatch?> FindAsync(RunId run, string activity, string inputsHash, CancellationToken cancel) => database.FirstAsync(
        $"{Batches} WHERE run = $1 AND activity = $2 AND inputs_hash = $3", [run.Value, activity, inputsHash], ToBatch, cancel);

    public async Task<IReadOnlyList<LabelBatch>> ListAsync(LabelBatchState? status, CancellationToken cancel) => status is { } only
        ? await database.ListAsync($"{Batches} WHERE status = $1 ORDER BY created_at DESC, id DESC", [StoredText.CamelCase(only)], ToBatch, cancel)
        : await database.ListAsync($"{Batches} ORDER BY created_at DESC, id DESC", [], ToBatch, cancel);

    public Task<LabelItem?> NextAsync(Guid batch, string annotator, TimeSpan lease, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        if (await LockAsync(session, batch, cancel) is not { Status: LabelBatchState.Open } open)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        await session.ExecuteAsync("DELETE FROM label_leases WHERE batch = $1 AND until <= $2", [batch, now], cancel);
        LabelItem? item = await session.FirstAsync(
            "SELECT i.number, i.key, i.data_json, i.gold_json FROM label_items i JOIN label_leases l ON l.batch = i.batch AND l.item = i.number WHERE l.batch = $1 AND l.annotator = $2",
            [batch, annotator], ToItem, cancel)
            ?? await session.FirstAsync(
            "SELECT i.number, i.key, i.data_json, i.gold_json FROM label_items i WHERE i.batch = $1 AND i.decisions = 0 AND i.skips < $2 "
            + "AND i.labels + (SELECT count(*) FROM label_leases l WHERE l.batch = i.batch AND l.item = i.number) < $3 "
            + "AND coalesce((SELECT a.action FROM label_annotations a WHERE a.batch = i.batch AND a.item = i.number AND a.annotator = $4 ORDER BY a.revision DESC LIMIT 1), 'withdraw') = 'withdraw' ORDER BY i.number LIMIT 1",
            [batch, open.Rule.SkipLimit, open.Rule.PerItem, annotator], ToItem, cancel);
        if (item is not null)
            await LendAsync(session, batch, annotator, item.Number, now + lease, cancel);
        return item;
    }, cancel);

    public Task<SaveResult> SaveAsync(AnnotationDraft draft, CancellationToken cancel) => database.WriteAsync<SaveResult>(async session =>
    {
        // 1. Have the batch for ourselves.
        if (await LockAsync(session, draft.Batch, cancel) is not { } batch)
            return new SaveResult.NotFound($"labeling batch '{draft.Batch}'");
        if (draft.Item < 0 || draft.Item >= batch.Items)
            return new SaveResult.NotFound($"item {draft.Item} in the batch");
        // 2. The person's newest answer must be the one they saw.
        Annotation? last = await NewestAsync(session, draft, cancel);
        int revision = last?.Revision ?? 0;
        if (revision == draft.Expected + 1 && last!.Action == draft.Action && last.ValueJson == draft.ValueJson)
            return new SaveResult.Saved(revision, batch.Status == LabelBatchState.Closed); // The acknowledgement was lost; the answer was not.
        if (batch.Status == LabelBatchState.Closed)
            return new SaveResult.BatchClosed(batch.ClosedBecause ?? "");
        if (revision != draft.Expected)
            return new SaveResult.Conflict(revision);
        if (draft.Action == AnnotationAction.Withdraw && last is not { Action: not AnnotationAction.Withdraw })
            return new SaveResult.NotFound($"answer of '{draft.Annotator}' to item {draft.Item}");
        // 3. Add it and count.
        await AddAsync(session, draft, last, cancel);
        return new SaveResult.Saved(revision + 1, await CountAsync(session, batch, cancel));
    }, cancel);

    public Task<SaveResult> SaveAllAsync(Guid batch, IReadOnlyList<AnnotationDraft> drafts, CancellationToken cancel) => database.WriteAsync<SaveResult>(async session =>
    {
        if (await LockAsync(session, batch, cancel) is not { } open)
            return new SaveResult.NotFound($"labeling batch '{batch}'");
        if (open.Status == LabelBatchState.Closed)
            return new SaveResult.BatchClosed(open.ClosedBecause ?? "");
        // Nobody else writes while we hold the batch, so seeing all before writing any makes it all or none.
        List<(AnnotationDraft Draft, Annotation? Last)> seen = [];
        foreach (AnnotationDraft draft in drafts)
        {
            Annotation? last = await NewestAsync(session, draft, cancel);
            if ((last?.Revision ?? 0) != draft.Expected)
                return new SaveResult.Conflict(last?.Revision ?? 0);
            seen.Add((draft, last));
        }
        foreach ((AnnotationDraft draft, Annotation? last) in seen)
            await AddAsync(session, draft, last, cancel);
        return new SaveResult.Saved(0, await CountAsync(session, open, cancel));
    }, cancel);

    public Task<bool> CloseAsync(Guid batch, string because, CancellationToken cancel) => database.WriteAsync(async session =>
        await session.ExecuteAsync("UPDATE label_batches SET status = 'closed', closed_at = $2, closed_because = $3, changes = changes + 1 WHERE id = $1 AND status = 'open'",
            [batch, time.GetUtcNow(), because], cancel) > 0, cancel);

    public async Task<DateTimeOffset?> CloseOverdueAsync(CancellationToken cancel)
    {
        await using SqlSession session = await database.ReadAsync(cancel);
        LabelBatch? next = await NextDeadlineAsync(session, cancel);
        while (next?.Rule.Deadline is { } deadline && deadline <= time.GetUtcNow())
        {
            await CloseAsync(next.Id, "deadline", cancel);
            next = await NextDeadlineAsync(session, cancel);
        }
        return next?.Rule.Deadline;
    }

    public async Task<IReadOnlyList<LabelBatch>> ListUndeliveredAsync(CancellationToken cancel) => await database.ListAsync(
        $"{Batches} WHERE status = 'closed' AND delivered_at IS NULL ORDER BY closed_at, id", [], ToBatch, cancel);

    public Task MarkDeliveredAsync(Guid batch, CancellationToken cancel) => database.ExecuteAsync(
        "UPDATE label_batches SET delivered_at = $2 WHERE id = $1", [batch, time.GetUtcNow()], cancel);

    public async Task<IReadOnlyList<LabelItem>> ListItemsAsync(Guid batch, CancellationToken cancel) => await database.ListAsync(
        "SELECT number, key, data_json, gold_json FROM label_items WHERE batch = $1 ORDER BY number", [batch], ToItem, cancel);

    public async Task<IReadOnlyList<Annotation>> ListAnnotationsAsync(Guid batch, CancellationToken cancel)
    {
        List<Annotation> all = await database.ListAsync(
            $"{Annotations} WHERE batch = $1", [batch], ToAnnotation, cancel);
        // Ordered here: the two databases sort text differently.
        return [.. all.OrderBy(a => a.Item).ThenBy(a => a.Annotator, StringComparer.Ordinal).ThenBy(a => a.Revision)];
    }

    public async Task<IReadOnlyList<Annotation>> ListAnnotationsAsync(Guid batch, string annotator, int? item, int last, CancellationToken cancel) => await database.ListAsync(
        $"{Annotations} WHERE batch = $1 AND annotator = $2 AND ($3 < 0 OR item = $3) ORDER BY at DESC, item DESC, revision DESC LIMIT $4",
        [batch, annotator, item ?? -1, last], ToAnnotation, cancel);

    private static async Task<LabelBatch?> LockAsync(SqlSession session, Guid batch, CancellationToken cancel) =>
        await session.ExecuteAsync("UPDATE label_batches SET changes = changes + 1 WHERE id = $1", [batch], cancel) == 0
            ? null : await FindAsync(session, batch, cancel);

    private static Task<Annotation?> NewestAsync(SqlSession session, AnnotationDraft draft, CancellationToken cancel) => session.FirstAsync(
        $"{Annotations} WHERE batch = $1 AND item = $2 AND annotator = $3 ORDER BY revision DESC LIMIT 1", [draft.Batch, draft.Item, draft.Annotator], ToAnnotation, cancel);

    private async Task AddAsync(SqlSession session, AnnotationDraft draft, Annotation? last, CancellationToken cancel)
    {
        await session.ExecuteAsync("INSERT INTO label_annotations (batch, item, annotator, revision, action, value_json, at, source_json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [draft.Batch, draft.Item, draft.Annotator, draft.Expected + 1, StoredText.CamelCase(draft.Action), draft.ValueJson, time.GetUtcNow(), draft.SourceJson], cancel);
        int labels = Is(draft.Action, AnnotationAction.Save) - Is(last?.Action, AnnotationAction.Save);
        int skips = Is(draft.Action, AnnotationAction.Skip) - Is(last?.Action, AnnotationAction.Skip);
        int decisions = Is(draft.Action, AnnotationAction.Decide) - Is(last?.Action, AnnotationAction.Decide);
        bool disputed = Consensus.Of(await session.ListAsync($"{Annotations} WHERE batch = $1 AND item = $2", [draft.Batch, draft.Item], ToAnnotation, cancel)).Disputed;
        await session.ExecuteAsync("UPDATE label_items SET labels = labels + $3, skips = skips + $4, decisions = decisions + $5, disputed = $6 WHERE batch = $1 AND number = $2",
            [draft.Batch, draft.Item, labels, skips, decisions, disputed], cancel);
        await session.ExecuteAsync("DELETE FROM label_leases WHERE batch = $1 AND annotator = $2 AND item = $3", [draft.Batch, draft.Annotator, draft.Item], cancel);
        if (draft.Action == AnnotationAction.Withdraw)
            await LendAsync(session, draft.Batch, draft.Annotator, draft.Item, time.GetUtcNow() + ILabelStore.WithdrawnLease, cancel);
    }

    private static Task<int> LendAsync(SqlSession session, Guid batch, string annotator, int item, DateTimeOffset until, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO label_leases (batch, annotator, item, until) VALUES ($1, $2, $3, $4) ON CONFLICT (batch, annotator) DO UPDATE SET item = excluded.item, until = excluded.until",
        [batch, annotator, item, until], cancel);

    private async Task<bool> CountAsync(SqlSession session, LabelBatch batch, CancellationToken cancel)
    {
        long done = await session.ScalarAsync<long>(
            "SELECT count(*) FROM label_items WHERE batch = $1 AND (decisions > 0 OR skips >= $3 OR (labels >= $2 AND NOT (disputed AND $4)))",
            [batch.Id, batch.Rule.PerItem, batch.Rule.SkipLimit, batch.Rule.Adjudicators is not null], cancel);
        bool complete = done == batch.Items;
        await session.ExecuteAsync(complete
            ? "UPDATE label_batches SET done = $2, status = 'closed', closed_because = 'complete', closed_at = $3 WHERE id = $1"
            : "UPDATE label_batches SET done = $2 WHERE id = $1",
            complete ? [batch.Id, (int)done, time.GetUtcNow()] : [batch.Id, (int)done], cancel);
        return complete;
    }

    private static Task<LabelBatch?> NextDeadlineAsync(SqlSession session, CancellationToken cancel) => session.FirstAsync(
        $"{Batches} WHERE status = 'open' AND deadline IS NOT NULL ORDER BY deadline, id LIMIT 1", [], ToBatch, cancel);

    private static Task<LabelBatch?> FindAsync(SqlSession session, Guid batch, CancellationToken cancel) =>
        session.FirstAsync($"{Batches} WHERE id = $1", [batch], ToBatch, cancel);

    private static int Is(AnnotationAction? action, AnnotationAction wanted) => action == wanted ? 1 : 0;

    private static LabelItem ToItem(SqlRow row) => new(row.Int(0), row.Text(1), row.Text(2), row.TextOrNull(3));

    private static Annotation ToAnnotation(SqlRow row) => new(
        row.Int(0), row.Text(1), row.Int(2), StoredText.Parse<AnnotationAction>(row.Text(3)), row.TextOrNull(4), row.Time(5), row.TextOrNull(6));

    private static LabelBatch ToBatch(SqlRow row) => new(
        row.Guid(0), new RunId(row.Guid(1)), row.Text(2), row.Text(3), JsonSerializer.Deserialize<LabelQuestion>(row.Text(4), ActivityJson.Options)!,
        new LabelRule(row.Int(5), row.Int(6), row.TimeOrNull(7), row.TextOrNull(15) is { } names ? JsonSerializer.Deserialize<List<string>>(names, ActivityJson.Options) : null), StoredText.Parse<LabelBatchState>(row.Text(8)),
        row.Int(9), row.Int(10), row.Time(11), row.TimeOrNull(12), row.TextOrNull(13), row.TimeOrNull(14));
}
