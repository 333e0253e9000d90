using System.Text.Json;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Expressions;

public sealed class ExpressionEvaluatorTests
{
    private static readonly ExpressionEvaluator Evaluator = new();

    private static readonly ExpressionScope Scope = new()
    {
        Parameters = JsonElement.Parse("""{"day":"2025-03-01","dim":16,"big":9007199254740993,"names":["a","b"]}"""),
        Trigger = JsonElement.Parse("""{"type":"manual","logicalDate":"2025-03-02T00:00:00Z"}"""),
        Activities = name => name switch
        {
            "train" => new ActivityFacts(ActivityStatus.Succeeded, JsonElement.Parse("""{"auc":0.75,"model":{"$artifact":"sha256:x","kind":"model","bytes":1},"list":[1,2,3]}""")),
            "gate" => new ActivityFacts(ActivityStatus.Skipped, null),
            _ => null,
        },
        Models = (model, alias) => (model, alias) == ("ctr", "champion") ? JsonElement.Parse("""{"$artifact":"sha256:y"}""") : null,
        Item = JsonElement.Parse("""{"name":"x","n":3}"""),
        Index = 2,
    };

    private static string Evaluate(string json) => Evaluator.Evaluate(ExpressionTemplate.Parse(JsonElement.Parse(json)), Scope) switch
    {
        Evaluation<JsonElement>.Done d => d.Value.GetRawText(),
        Evaluation<JsonElement>.Failed f => $"{f.Failure.Code}: {f.Failure.Message}",
        _ => throw new InvalidOperationException(),
    };

    [Theory]
    [InlineData("\"${{ parameters.dim }}\"", "16")]
    [InlineData("\"${{ parameters.big }}\"", "9007199254740993")]
    [InlineData("\"${{ parameters.dim * 2 }}\"", "32")]
    [InlineData("\"${{ parameters.dim / 3 > 5 }}\"", "true")]
    [InlineData("\"dim-${{ parameters.dim }}-${{ item.name }}\"", "\"dim-16-x\"")]
    [InlineData("\"${{ activities.train.outputs.auc >= 0.7 }}\"", "true")]
    [InlineData("\"${{ activities['train'].outputs['model'] }}\"", """{"$artifact":"sha256:x","kind":"model","bytes":1}""")]
    [InlineData("\"${{ activities.train.outputs.list.map(x => x + index) }}\"", "[3,4,5]")]
    [InlineData("\"${{ activities.train.outputs.list.length }}\"", "3")]
    [InlineData("\"${{ activities.train.outputs.list[1] }}\"", "2")]
    [InlineData("\"${{ activities.train.status }}\"", "\"succeeded\"")]
    [InlineData("\"${{ activities.gate.status == 'succeeded' ? activities.gate.outputs.x : 0 }}\"", "0")]
    [InlineData("\"${{ models['ctr'].champion }}\"", """{"$artifact":"sha256:y"}""")]
    [InlineData("\"${{ models.ctr.nobody }}\"", "null")]
    [InlineData("\"${{ models.ctr.nobody == null }}\"", "true")]
    [InlineData("\"${{ { a: { b: 1 }, c: undefined } }}\"", """{"a":{"b":1}}""")]
    [InlineData("\"${{ '}}' }}\"", "\"}}\"")]
    [InlineData("\"${{ 10n ** 20n }}\"", "100000000000000000000")]
    [InlineData("\"${{ new Set([1]) }}\"", "{}")]
    [InlineData("\"${{ -0 }}\"", "0")]
    [InlineData("\"${{ 1e300 }}\"", "1E+300")]
    [InlineData("\"${{ parameters['names'][0] }}\"", "\"a\"")]
    [InlineData("\"${{ '\\\\ud800' }}\"", "\"\\uFFFD\"")]
    [InlineData("\"${{ 'ab'.repeat(2).replace('a', 'c').padStart(6, '-') }}\"", "\"--cbab\"")]
    [InlineData("\"${{ 'a-b-c'.replaceAll('-', x => '+') }}\"", "\"a+b+c\"")]
    [InlineData("\"${{ new Date(parameters.day) }}\"", "\"2025-03-01T00:00:00Z\"")]
    [InlineData("\"${{ 0.1 + 0.2 }}\"", "0.30000000000000004")]
    [InlineData("\"${{ 2 ** 53 }}\"", "9007199254740992")]
    [InlineData("""{"a":["${{ index }}","no"],"b":1.50}""", """{"a":[2,"no"],"b":1.50}""")]
    [InlineData("\"${{ parameters.names }}\"", """["a","b"]""")]
    [InlineData("\"${{ trigger.logicalDate.slice(0, 10) }}\"", "\"2025-03-02\"")]
    public void A_template_gives(string template, string expected) => Assert.Equal(expected, Evaluate(template));

    [Theory]
    [InlineData("\"${{ activities.gate.outputs.x }}\"", "EXPR-010: activity \"gate\" was skipped, so it has no outputs")]
    [InlineData("\"${{ activities.gate.outputs.x + 1 }}\"", "EXPR-010: activity \"gate\" was skipped, so it has no outputs")]
    [InlineData("\"${{ activities.train.outputs.acu }}\"", "EXPR-011: activity \"train\" gave no output \"acu\". Did you mean \"auc\"?")]
    [InlineData("\"${{ parameters.nothing }}\"", "EXPR-013: the expression gives no value")]
    [InlineData("\"${{ parameters.nothing.deep }}\"", "EXPR-012: the expression failed")]
    [InlineData("\"${{ 1 / 0 }}\"", "EXPR-013")]
    [InlineData("\"${{ new Date('x') }}\"", "EXPR-013")]
    [InlineData("\"${{ (a => { for (let i = 0; i < 60; i++) a = [a]; return a; })(1) }}\"", "EXPR-013: the value is nested too deep")]
    [InlineData("\"${{ x => x }}\"", "EXPR-013")]
    [InlineData("\"${{ ({ a: [() => 1] }) }}\"", "EXPR-013")]
    [InlineData("\"${{ new Date(8.64e15) }}\"", "EXPR-013")]
    [InlineData("\"${{ ({ get a() { throw new Error('no'); } }) }}\"", "EXPR-012: the expression failed: no")]
    [InlineData("\"${{ (() => { while (true) {} })() }}\"", "EXPR-012")]
    [InlineData("\"${{ (function f() { return f(); })() }}\"", "EXPR-012")]
    [InlineData("\"${{ 'x'.repeat(1 << 29) }}\"", "EXPR-012")]
    [InlineData("\"${{ 'x'.repeat(1e6).replace(/x/g, 'y'.repeat(1000)).length }}\"", "EXPR-012")]
    [InlineData("\"${{ 'x'['pad' + 'End'](1e9).length }}\"", "EXPR-012")]
    [InlineData("\"${{ (() => { while (true) 'x'.repeat(2) })() }}\"", "EXPR-012")]
    [InlineData("\"${{ (() => { while (true) 'x'.replace('x', 'y') })() }}\"", "EXPR-012")]
    [InlineData("\"${{ Array(1e9).fill(0) }}\"", "EXPR-012")]
    [InlineData("\"${{ [].constructor.constructor('return 1')() }}\"", "EXPR-012")]
    [InlineData("\"${{ Math['ran' + 'dom']() }}\"", "EXPR-012")]
    [InlineData("\"${{ (x => { const a = {}; a.a = a; return a; })() }}\"", "EXPR-013")]
    [InlineData("\"${{ /(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!') }}\"", "EXPR-012")]
    public void A_template_fails_in_words(string template, string expected) => Assert.StartsWith(expected, Evaluate(template), StringComparison.Ordinal);

    [Fact]
    public void A_condition_must_be_true_or_false()
    {
        Assert.True(Assert.IsType<Evaluation<bool>.Done>(Evaluator.EvaluateCondition(ExpressionTemplate.Parse("${{ parameters.dim > 1 }}"), Scope)).Value);
        Assert.Equal("EXPR-013", Assert.IsType<Evaluation<bool>.Failed>(Evaluator.EvaluateCondition(ExpressionTemplate.Parse("${{ parameters.dim }}"), Scope)).Failure.Code);
    }

    [Fact]
    public void A_for_each_must_be_a_list()
    {
        Assert.Equal(2, Assert.IsType<Evaluation<IReadOnlyList<JsonElement>>.Done>(Evaluator.EvaluateList(ExpressionTemplate.Parse("${{ parameters.names }}"), Scope)).Value.Count);
        Assert.IsType<Evaluation<IReadOnlyList<JsonElement>>.Failed>(Evaluator.EvaluateList(ExpressionTemplate.Parse("${{ parameters.dim }}"), Scope));
    }

    [Theory]
    [InlineData("""{"a":[1,"${{ x }}"]}""", true)]
    [InlineData("""{"a":[1,"\u0024{{ item }}"]}""", true)]
    [InlineData("""{"a":"$ {{ x }}","\u00e4":1}""", false)]
    [InlineData("12", false)]
    public void Expressions_are_found_in_any_value(string json, bool expected) =>
        Assert.Equal(expected, ExpressionTemplate.HasExpressions(JsonElement.Parse(json)));
}
