using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class PipelineScopeTests
{
    private const string Draft = """
        {
          "id": "draft",
          "parameters": { "dim": { "type": "integer", "default": 16 }, "run-day": { "type": "date" } },
          "activities": {
            "collect": { "type": "test.make", "inputs": { "source": "x" } },
            "train": { "type": "test.use", "forEach": [1, 2], "inputs": { "table": "${{ activities.collect.outputs.table }}" } },
            "after.it": { "type": "test.step", "dependsOn": ["train"] },
            "broken": { "type": "no.such" }
          }
        }
        """;

    [Theory]
    [InlineData(ExpressionPlace.Inputs, "train", "item, index, parameters.dim, parameters['run-day'], activities.collect.outputs.table, activities.broken.outputs, trigger.type, models['ctr'].champion")]
    [InlineData(ExpressionPlace.When, "train", "parameters.dim, activities.collect.outputs.table, activities.broken.status, run.id")]
    [InlineData(ExpressionPlace.Outputs, null, "activities.train.outputs.auc, activities['after.it'].status, run.id")]
    [InlineData(ExpressionPlace.Default, null, "trigger.logicalDate, run.pipeline")]
    public void What_may_be_read_is_offered(ExpressionPlace place, string? activity, string wanted) =>
        Assert.All(wanted.Split(", "), name => Assert.Contains(Names(place, activity), n => n.Text == name));

    [Theory]
    [InlineData(ExpressionPlace.Inputs, "train", "activities.train.status, activities['after.it'].status")] // they would wait for each other
    [InlineData(ExpressionPlace.Inputs, "collect", "item, index, activities.train.outputs.auc")]
    [InlineData(ExpressionPlace.When, "train", "item, index")]
    [InlineData(ExpressionPlace.Default, null, "parameters.dim, run.id, activities.collect.status, models['ctr'].champion")]
    public void What_may_not_be_read_is_not(ExpressionPlace place, string? activity, string unwanted) =>
        Assert.All(unwanted.Split(", "), name => Assert.DoesNotContain(Names(place, activity), n => n.Text == name));

    [Fact]
    public void What_the_input_can_never_take_comes_last()
    {
        IReadOnlyList<ScopeName> names = Names(ExpressionPlace.Inputs, "train", "table");
        Assert.True(names.Single(n => n.Text == "activities.collect.outputs.table") is { Fits: true, Flow: PortKind.Table, Type: "artifact" });
        Assert.False(names.Single(n => n.Text == "activities.collect.outputs.rows").Fits);
        Assert.Equal(names.Select(n => n.Fits).OrderDescending(), names.Select(n => n.Fits));
    }

    [Fact]
    public void All_that_is_offered_passes_the_check()
    {
        foreach (ScopeName name in Names(ExpressionPlace.When, "train").Where(n => n.Fits))
        {
            string file = Draft.Replace("\"forEach\": [1, 2],", $"\"forEach\": [1, 2], \"when\": \"${{{{ {name.Text} }}}}\",", StringComparison.Ordinal);
            Assert.DoesNotContain(CompileAssert.Compile(file).Diagnostics, d => d.Path.EndsWith("when", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_text_that_is_no_JSON_has_no_scope() => Assert.Null(Of("{ \"id\": ", new ScopePlace(ExpressionPlace.Outputs, null)));

    private static IReadOnlyList<ScopeName> Names(ExpressionPlace place, string? activity, string? input = null) => Of(Draft, new ScopePlace(place, activity, input))!;

    private static IReadOnlyList<ScopeName>? Of(string text, ScopePlace place) =>
        PipelineScope.Of(Encoding.UTF8.GetBytes(text), SampleActivities.Catalog, place, [("ctr", "champion")]);
}
