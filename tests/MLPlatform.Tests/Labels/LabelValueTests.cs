using System.Text.Json;
using MLPlatform.Core.Labels;
using Xunit;

namespace MLPlatform.Tests.Labels;

public sealed class LabelValueTests
{
    [Theory]
    [InlineData(LabelKind.Classification, """{"choice":"a"}""", """{"choice":"a"}""")]
    [InlineData(LabelKind.MultiLabel, """{"choices":["b","a","b"]}""", """{"choices":["a","b"]}""")]
    [InlineData(LabelKind.MultiLabel, """{"choices":[]}""", """{"choices":[]}""")]
    [InlineData(LabelKind.Pairwise, """{"prefer":"tie"}""", """{"prefer":"tie"}""")]
    [InlineData(LabelKind.Span, """{"spans":[{"label":"b","start":5,"end":6},{"start":0,"end":4,"label":"a"}]}""", """{"spans":[{"start":0,"end":4,"label":"a"},{"start":5,"end":6,"label":"b"}]}""")]
    [InlineData(LabelKind.BoundingBox, """{"boxes":[{"x":0.5,"y":0,"width":99.5,"height":100,"label":"a"}]}""", """{"boxes":[{"x":0.5,"y":0,"width":99.5,"height":100,"label":"a"}]}""")]
    public void Equal_answers_become_equal_text(LabelKind kind, string answer, string canonical) =>
        Assert.Equal((canonical, null), LabelValue.Check(new LabelQuestion(kind, ["a", "b"], null), JsonElement.Parse(answer)));

    [Theory]
    [InlineData(LabelKind.Classification, """{"choice":"c"}""")]
    [InlineData(LabelKind.Classification, """{"choice":["a"]}""")]
    [InlineData(LabelKind.Classification, """{"choice":"a","choices":[]}""")]
    [InlineData(LabelKind.Classification, "[]")]
    [InlineData(LabelKind.MultiLabel, """{"choices":"a"}""")]
    [InlineData(LabelKind.Pairwise, """{"prefer":"c"}""")]
    [InlineData(LabelKind.Span, """{"spans":[{"start":4,"end":4,"label":"a"}]}""")]
    [InlineData(LabelKind.Span, """{"spans":[{"start":0.5,"end":4,"label":"a"}]}""")]
    [InlineData(LabelKind.Span, """{"spans":[{"start":0,"end":4,"label":"a","more":1}]}""")]
    [InlineData(LabelKind.BoundingBox, """{"boxes":[{"x":50,"y":0,"width":51,"height":1,"label":"a"}]}""")]
    [InlineData(LabelKind.BoundingBox, """{"boxes":[{"x":1e999,"y":0,"width":5,"height":1,"label":"a"}]}""")]
    public void An_answer_that_does_not_fit_is_refused_in_words(LabelKind kind, string answer)
    {
        (string? canonical, string? problem) = LabelValue.Check(new LabelQuestion(kind, ["a", "b"], null), JsonElement.Parse(answer));
        Assert.Null(canonical);
        Assert.NotEmpty(problem!);
    }

    [Fact]
    public void The_newest_answer_of_each_person_counts_and_a_tie_decides_nothing()
    {
        Annotation Say(string who, int revision, string? value) =>
            new(0, who, revision, value is null ? AnnotationAction.Skip : AnnotationAction.Save, value, DateTimeOffset.UnixEpoch);
        Assert.Equal(new Consensus("x", 2, 2), Consensus.Of([Say("ann", 1, "y"), Say("ann", 2, "x"), Say("bob", 1, "x"), Say("cid", 1, "y"), Say("cid", 2, null)]));
        Assert.Equal(new Consensus(null, 1, 2), Consensus.Of([Say("ann", 1, "y"), Say("bob", 1, "x")]));
        Assert.Equal(new Consensus(null, 0, 0), Consensus.Of([Say("ann", 1, null)]));
    }
}
