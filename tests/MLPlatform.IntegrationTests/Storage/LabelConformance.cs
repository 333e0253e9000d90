using MLPlatform.Core.Labels;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the label store promises, on both databases.</summary>
public abstract class LabelConformance(Stores stores)
{
    private static readonly LabelQuestion Question = new(LabelKind.Classification, ["spam", "ham"], null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_step_that_runs_again_finds_its_batch_and_its_answers()
    {
        LabelBatchDraft draft = Draft(2);
        LabelBatch made = await stores.Labels.OpenAsync(draft, Cancel);
        Assert.IsType<SaveResult.Saved>(await SaveAsync(made, 0, "ann", 0, "spam"));
        LabelBatch again = await stores.Labels.OpenAsync(draft, Cancel);
        Assert.Equal((made.Id, 1, 2), (again.Id, again.Done, again.Items));
        Assert.Equal(made.Id, (await stores.Labels.FindAsync(draft.Run, draft.Activity, draft.InputsHash, Cancel))!.Id);
    }

    [Fact]
    public async Task A_hundred_people_who_save_at_once_lose_nothing()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(10, perItem: 10), Cancel);
        SaveResult[] saved = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            Task.Run(() => SaveAsync(batch, i % 10, $"p{i / 10}", 0, i % 3 == 0 ? "spam" : "ham"))));
        Assert.All(saved, s => Assert.IsType<SaveResult.Saved>(s));
        Assert.Equal(1, saved.Count(s => s is SaveResult.Saved { Closed: true }));
        IReadOnlyList<Annotation> kept = await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel);
        Assert.Equal(100, kept.Select(a => (a.Item, a.Annotator)).Distinct().Count());
        LabelBatch closed = (await stores.Labels.FindAsync(batch.Id, Cancel))!;
        Assert.Equal((LabelBatchState.Closed, "complete", 10), (closed.Status, closed.ClosedBecause, closed.Done));
    }

    [Fact]
    public async Task Of_two_windows_of_one_person_one_wins_and_the_other_is_told()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(2), Cancel);
        SaveResult[] saved = await Task.WhenAll(
            Task.Run(() => SaveAsync(batch, 0, "ann", 0, "spam")), Task.Run(() => SaveAsync(batch, 0, "ann", 0, "ham")));
        Assert.Equal(1, saved.Count(s => s is SaveResult.Saved { Revision: 1 }));
        Assert.Equal(1, saved.Count(s => s is SaveResult.Conflict { Revision: 1 }));
        Assert.Single(await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel));
    }

    [Fact]
    public async Task An_answer_sent_again_is_kept_once_and_a_changed_one_is_a_new_revision()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(2), Cancel);
        Assert.Equal(new SaveResult.Saved(1, false), await SaveAsync(batch, 1, "ann", 0, "spam"));
        Assert.Equal(new SaveResult.Saved(1, false), await SaveAsync(batch, 1, "ann", 0, "spam"));
        Assert.Equal(new SaveResult.Saved(2, false), await SaveAsync(batch, 1, "ann", 1, "ham"));
        Assert.Equal(["spam", "ham"], (await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel)).Select(a => LabelValue.Column(LabelKind.Classification, a.ValueJson!)));
        Assert.Equal(1, (await stores.Labels.FindAsync(batch.Id, Cancel))!.Done);
    }

    [Fact]
    public async Task An_item_is_lent_to_as_many_people_as_it_needs_until_the_lease_ends()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(2), Cancel);
        Assert.Equal(0, (await NextAsync(batch, "ann"))!.Number);
        Assert.Equal(0, (await NextAsync(batch, "ann"))!.Number);
        Assert.Equal(1, (await NextAsync(batch, "bob"))!.Number);
        Assert.Null(await NextAsync(batch, "cid"));
        stores.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(0, (await NextAsync(batch, "cid"))!.Number);
    }

    [Fact]
    public async Task Many_people_who_ask_at_once_get_different_items()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(20), Cancel);
        LabelItem?[] lent = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => NextAsync(batch, $"p{i}"))));
        Assert.Equal(Enumerable.Range(0, 20), lent.Select(i => i!.Number).Order());
    }

    [Fact]
    public async Task What_one_person_skipped_goes_to_the_next_and_is_given_up_at_the_limit()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(1, skipLimit: 2), Cancel);
        Assert.Equal(new SaveResult.Saved(1, false), await SaveAsync(batch, 0, "ann", 0, null));
        Assert.Null(await NextAsync(batch, "ann"));
        Assert.Equal(0, (await NextAsync(batch, "bob"))!.Number);
        Assert.Equal(new SaveResult.Saved(1, true), await SaveAsync(batch, 0, "bob", 0, null));
        Assert.Equal(new SaveResult.BatchClosed("complete"), await SaveAsync(batch, 0, "ann", 1, "spam"));
    }

    [Fact]
    public async Task The_deadline_closes_a_batch_and_it_is_delivered_until_somebody_took_it()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(2, deadline: stores.Time.GetUtcNow().AddMinutes(5)), Cancel);
        await stores.Labels.CloseOverdueAsync(Cancel);
        Assert.Equal(LabelBatchState.Open, (await stores.Labels.FindAsync(batch.Id, Cancel))!.Status);
        stores.Time.Advance(TimeSpan.FromMinutes(5));
        await stores.Labels.CloseOverdueAsync(Cancel);
        Assert.Equal("deadline", (await stores.Labels.ListUndeliveredAsync(Cancel)).Single(b => b.Id == batch.Id).ClosedBecause);
        await stores.Labels.MarkDeliveredAsync(batch.Id, Cancel);
        Assert.DoesNotContain(await stores.Labels.ListUndeliveredAsync(Cancel), b => b.Id == batch.Id);
        Assert.False(await stores.Labels.CloseAsync(batch.Id, "again", Cancel));
    }

    [Fact]
    public async Task Where_adjudicators_are_named_an_item_in_dispute_keeps_the_batch_open_until_it_is_decided()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(1, perItem: 2, adjudicators: ["eve"]), Cancel);
        Assert.Equal(["eve"], batch.Rule.Adjudicators!);
        await SaveAsync(batch, 0, "ann", 0, "spam");
        Assert.Equal(new SaveResult.Saved(1, false), await SaveAsync(batch, 0, "bob", 0, "ham"));
        Assert.Equal(0, (await stores.Labels.FindAsync(batch.Id, Cancel))!.Done);
        Assert.Null(await NextAsync(batch, "cid"));
        Assert.Equal(new SaveResult.Saved(1, true), await stores.Labels.SaveAsync(
            new AnnotationDraft(batch.Id, 0, "eve", 0, AnnotationAction.Decide, """{"choice":"ham"}"""), Cancel));
        Consensus decided = Consensus.Of(await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel));
        Assert.Equal(new Consensus("""{"choice":"ham"}""", 1, 2, Decided: true), decided);
    }

    [Fact]
    public async Task A_dispute_that_its_people_settle_themselves_is_none_any_more()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(1, perItem: 2, adjudicators: []), Cancel);
        await SaveAsync(batch, 0, "ann", 0, "spam");
        await SaveAsync(batch, 0, "bob", 0, "ham");
        Assert.Equal(new SaveResult.Saved(2, true), await SaveAsync(batch, 0, "bob", 1, "spam"));
    }

    [Fact]
    public async Task An_answer_that_is_taken_back_counts_no_more_and_its_item_comes_next()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(3), Cancel);
        await SaveAsync(batch, 0, "ann", 0, "spam");
        Assert.Equal(1, (await NextAsync(batch, "ann"))!.Number);
        Assert.Equal(new SaveResult.Saved(2, false), await WithdrawAsync(batch, 0, "ann", 1));
        Assert.Equal(new SaveResult.Saved(2, false), await WithdrawAsync(batch, 0, "ann", 1)); // The acknowledgement may get lost.
        Assert.Equal(0, (await stores.Labels.FindAsync(batch.Id, Cancel))!.Done);
        Assert.Equal(0, (await NextAsync(batch, "ann"))!.Number);
        Assert.Equal(1, (await NextAsync(batch, "bob"))!.Number); // Nobody else is given what waits for its person.
        Assert.IsType<SaveResult.NotFound>(await WithdrawAsync(batch, 0, "ann", 2));
        Assert.IsType<SaveResult.NotFound>(await WithdrawAsync(batch, 2, "ann", 0));
        Assert.Equal(new SaveResult.Saved(3, false), await SaveAsync(batch, 0, "ann", 2, "ham"));
        Assert.Equal(1, (await stores.Labels.FindAsync(batch.Id, Cancel))!.Done);
        Assert.Equal([3, 2], (await stores.Labels.ListAnnotationsAsync(batch.Id, "ann", 0, 2, Cancel)).Select(a => a.Revision));
        Assert.Empty(await stores.Labels.ListAnnotationsAsync(batch.Id, "bob", null, 10, Cancel));
    }

    [Fact]
    public async Task A_vote_that_is_taken_back_leaves_the_others_in_agreement()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(2, perItem: 2, adjudicators: []), Cancel);
        await SaveAsync(batch, 0, "ann", 0, "spam");
        await SaveAsync(batch, 0, "bob", 0, "ham");
        await WithdrawAsync(batch, 0, "bob", 1);
        Assert.Equal("""{"choice":"spam"}""", Consensus.Of(await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel)).ValueJson);
        Assert.Equal(0, (await stores.Labels.FindAsync(batch.Id, Cancel))!.Done);
    }

    [Fact]
    public async Task Of_many_answers_brought_in_all_are_kept_or_none()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(3, gold: """{"choice":"spam"}"""), Cancel);
        Assert.Equal("""{"choice":"spam"}""", (await stores.Labels.ListItemsAsync(batch.Id, Cancel))[2].GoldJson);
        await SaveAsync(batch, 1, "ann", 0, "spam");
        AnnotationDraft[] drafts = [.. Enumerable.Range(0, 3).Select(i => new AnnotationDraft(batch.Id, i, "ann", 0, AnnotationAction.Save, """{"choice":"ham"}""", """{ "id": 1 }"""))];
        Assert.Equal(new SaveResult.Conflict(1), await stores.Labels.SaveAllAsync(batch.Id, drafts, Cancel));
        Assert.Single(await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel));
        drafts[1] = drafts[1] with { Expected = 1 };
        Assert.Equal(new SaveResult.Saved(0, true), await stores.Labels.SaveAllAsync(batch.Id, drafts, Cancel));
        Assert.Equal(3, (await stores.Labels.ListAnnotationsAsync(batch.Id, Cancel)).Count(a => a.SourceJson == """{ "id": 1 }"""));
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_missing()
    {
        LabelBatch batch = await stores.Labels.OpenAsync(Draft(1), Cancel);
        Assert.IsType<SaveResult.NotFound>(await SaveAsync(batch with { Id = Guid.NewGuid() }, 0, "ann", 0, "spam"));
        Assert.IsType<SaveResult.NotFound>(await SaveAsync(batch, 1, "ann", 0, "spam"));
        Assert.IsType<SaveResult.Conflict>(await SaveAsync(batch, 0, "ann", 7, "spam"));
    }

    private Task<LabelItem?> NextAsync(LabelBatch batch, string annotator) => stores.Labels.NextAsync(batch.Id, annotator, TimeSpan.FromMinutes(10), Cancel);

    private Task<SaveResult> WithdrawAsync(LabelBatch batch, int item, string annotator, int expected) => stores.Labels.SaveAsync(
        new AnnotationDraft(batch.Id, item, annotator, expected, AnnotationAction.Withdraw, null), Cancel);

    private Task<SaveResult> SaveAsync(LabelBatch batch, int item, string annotator, int expected, string? choice) => stores.Labels.SaveAsync(
        new AnnotationDraft(batch.Id, item, annotator, expected, choice is null ? AnnotationAction.Skip : AnnotationAction.Save,
            choice is null ? null : $$"""{"choice":"{{choice}}"}"""), Cancel);

    private static LabelBatchDraft Draft(int items, int perItem = 1, int skipLimit = 3, DateTimeOffset? deadline = null, string[]? adjudicators = null, string? gold = null) => new(
        Rows.NewRun(), "ask", "hash", "flow", Question, new LabelRule(perItem, skipLimit, deadline, adjudicators),
        [.. Enumerable.Range(0, items).Select(i => new LabelItem(i, $"k{i}", """{"text":"hallo \u0000 \ud83d\ude00"}""", gold))]);
}

public sealed class SqliteLabelTests(SqliteStores stores) : LabelConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresLabelTests(PostgresStores stores) : LabelConformance(stores), IClassFixture<PostgresStores>;
