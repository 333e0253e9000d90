using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Labels;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Labels;

/// <summary>Batches as Label Studio's JSON: out, in, and back byte for byte.</summary>
public sealed class LabelStudioTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TheoryData<LabelKind, string, string> Answers => new()
    {
        { LabelKind.Classification, """{"choice":"cat"}""", """[{"from_name":"label","to_name":"item","type":"choices","value":{"choices":["cat"]}}]""" },
        { LabelKind.MultiLabel, """{"choices":["cat","dog"]}""", """[{"from_name":"label","to_name":"item","type":"choices","value":{"choices":["cat","dog"]}}]""" },
        { LabelKind.Pairwise, """{"prefer":"b"}""", """[{"from_name":"label","to_name":"item","type":"pairwise","value":{"selected":"right"}}]""" },
        { LabelKind.Pairwise, """{"prefer":"tie"}""", """[{"from_name":"label","to_name":"item","type":"pairwise","value":{"selected":"tie"}}]""" },
        { LabelKind.Span, """{"spans":[{"start":4,"end":7,"label":"cat"}]}""",
            """[{"from_name":"label","to_name":"text","type":"labels","value":{"start":4,"end":7,"labels":["cat"],"text":"cat"},"id":"s0"}]""" },
        { LabelKind.BoundingBox, """{"boxes":[{"x":1.5,"y":2,"width":30,"height":40,"label":"dog"}]}""",
            """[{"from_name":"label","to_name":"item","type":"rectanglelabels","value":{"x":1.5,"y":2,"width":30,"height":40,"rotation":0,"rectanglelabels":["dog"]},"id":"b0"}]""" },
    };

    [Theory, MemberData(nameof(Answers))]
    public void Every_kind_of_answer_goes_out_in_the_tools_words_and_comes_back_as_it_was(LabelKind kind, string value, string result)
    {
        LabelBatch batch = Batch(kind);
        List<LabelItem> items = [new(0, "k0", """{"text":"the cat sat"}""")];

        JsonArray tasks = LabelStudio.Export(batch, items, [new(0, "ann", 1, AnnotationAction.Save, value, At)]);
        (IReadOnlyList<AnnotationDraft> drafts, _, IReadOnlyList<string> problems) = LabelStudio.Import(batch, items, [], Parsed(tasks));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(result), tasks[0]!["annotations"]![0]!["result"]), tasks.ToJsonString());
        Assert.Empty(problems);
        AnnotationDraft draft = Assert.Single(drafts);
        Assert.Equal((0, "ann", AnnotationAction.Save, value), (draft.Item, draft.Annotator, draft.Action, draft.ValueJson));
    }

    [Fact]
    public void What_came_from_there_goes_back_as_it_came()
    {
        const string annotation = """{"id":77,"completed_by":{"id":3,"email":"ann@example.org","first_name":"Ann"},"result":[{"id":"x","value":{"choices":["cat"]},"type":"choices","from_name":"c","to_name":"t","meta":{"why":"ears"}}],"lead_time":1.50,"was_cancelled":false}""";
        LabelBatch batch = Batch(LabelKind.Classification);
        List<LabelItem> items = [new(0, "k0", """{"b":1,"a":"x"}""")];

        AnnotationDraft draft = Assert.Single(LabelStudio.Import(batch, items, [], Parsed($$"""[{"id":5,"data":{"a":"x","b":1},"annotations":[{{annotation}}]}]""")).Drafts);
        Annotation kept = new(draft.Item, draft.Annotator, 1, draft.Action, draft.ValueJson, At, draft.SourceJson);

        Assert.Equal(("ann@example.org", """{"choice":"cat"}"""), (draft.Annotator, draft.ValueJson));
        Assert.Equal(annotation, draft.SourceJson);
        JsonArray again = LabelStudio.Export(batch, items, [kept]);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(annotation), again[0]!["annotations"]![0]));
        Assert.Equal((0, 1), (LabelStudio.Import(batch, items, [kept], Parsed(again)).Drafts.Count, LabelStudio.Import(batch, items, [kept], Parsed(again)).Unchanged));
    }

    [Fact]
    public void A_skip_is_a_cancelled_annotation_and_the_newest_revision_counts()
    {
        JsonArray tasks = LabelStudio.Export(Batch(LabelKind.Classification), [new(0, "k0", "{}")],
            [new(0, "ann", 1, AnnotationAction.Save, """{"choice":"cat"}""", At), new(0, "ann", 2, AnnotationAction.Skip, null, At)]);

        JsonNode annotation = Assert.Single(tasks[0]!["annotations"]!.AsArray())!;
        Assert.True(annotation["was_cancelled"]!.GetValue<bool>());
        Assert.Equal(AnnotationAction.Skip, Assert.Single(LabelStudio.Import(Batch(LabelKind.Classification), [new(0, "k0", "{}")], [], Parsed(tasks)).Drafts).Action);
    }

    [Theory]
    [InlineData("""{"id":1}""", "no list of tasks")]
    [InlineData("""[{"data":{"a":1},"annotations":[]}]""", "no item of the batch shows this data")]
    [InlineData("""[{"data":{},"meta":{"item":"k9"}}]""", "no item 'k9'")]
    [InlineData("""[{"data":{},"annotations":[{"completed_by":1,"result":[{"type":"brushlabels","value":{}}]}]}]""", "'brushlabels'")]
    [InlineData("""[{"data":{},"annotations":[{"completed_by":1,"result":[{"type":"choices","value":{"choices":["cow"]}}]}]}]""", "'label-studio:1' does not fit")]
    [InlineData("""[{"data":{},"annotations":[{"completed_by":1,"result":[]}]}]""", "0 results")]
    [InlineData("""[{"data":{},"annotations":[{"result":[]}]}]""", "completed_by")]
    [InlineData("""[{"data":{},"annotations":[{"completed_by":1,"was_cancelled":true},{"completed_by":1,"was_cancelled":true}]}]""", "twice")]
    [InlineData("""[7]""", "'data'")]
    public void What_the_batch_cannot_take_is_named_and_nothing_is_taken(string tasks, string said)
    {
        string good = """{"data":{},"meta":{"item":"k0"},"annotations":[{"completed_by":"bob","was_cancelled":true}]}""";
        JsonElement file = Parsed(tasks.StartsWith('[') ? $"[{good},{tasks[1..]}" : tasks);

        (IReadOnlyList<AnnotationDraft> drafts, _, IReadOnlyList<string> problems) = LabelStudio.Import(Batch(LabelKind.Classification), [new(0, "k0", "{}")], [], file);

        Assert.Empty(drafts);
        Assert.Contains(said, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_export_brought_in_again_changes_nothing_and_a_decision_stays_one()
    {
        LabelItem[] items = [new(0, "k0", "{}")];
        Annotation[] answers =
        [
            new(0, "ann", 1, AnnotationAction.Save, """{"choice":"cat"}""", At), new(0, "bob", 1, AnnotationAction.Skip, null, At), new(0, "cid", 1, AnnotationAction.Decide, """{"choice":"dog"}""", At),
        ];
        JsonArray export = LabelStudio.Export(Batch(LabelKind.Classification), items, [.. answers, new(0, "dan", 1, AnnotationAction.Withdraw, null, At)]);
        Assert.Equal(3, export[0]!["annotations"]!.AsArray().Count); // What was taken back is no annotation.

        (IReadOnlyList<AnnotationDraft> drafts, int unchanged, IReadOnlyList<string> problems) = LabelStudio.Import(Batch(LabelKind.Classification), items, answers, Parsed(export));
        Assert.Equal((0, 3, 0), (drafts.Count, unchanged, problems.Count));

        export[0]!["annotations"]![2]!["id"] = 17; // Label Studio gives it a number of its own.
        (drafts, unchanged, _) = LabelStudio.Import(Batch(LabelKind.Classification), items, answers, Parsed(export));
        Assert.Equal((AnnotationAction.Decide, 2), (Assert.Single(drafts).Action, unchanged));
    }

    private static LabelBatch Batch(LabelKind kind) => new(
        Guid.Empty, new RunId(Guid.Empty), "ask", "flow", new LabelQuestion(kind, kind == LabelKind.Pairwise ? [] : ["cat", "dog"], null),
        new LabelRule(1, 1, null), LabelBatchState.Open, 1, 0, At, null, null, null);

    private static JsonElement Parsed(JsonNode node) => JsonElement.Parse(node.ToJsonString());

    private static JsonElement Parsed(string json) => JsonElement.Parse(json);
}
