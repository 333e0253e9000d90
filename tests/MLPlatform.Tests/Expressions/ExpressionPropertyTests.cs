using System.Text.Json;
using CsCheck;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Expressions;

public sealed class ExpressionPropertyTests
{
    private static readonly string[] Tokens =
    [
        "parameters", "activities", "item", "index", "models", "trigger", "run", ".a", ".outputs", ".status", "['a']", "[0]", "(", ")", "{", "}", "[", "]", "+", "-", "*", "?", ":", ".",
        "=>", "x", "'", "\"", "`", "${", "1", "1n", "1e308", "null", "undefined", "function", "async ", "await ", "new ", "class ", "this", "/", "/a/", ",", ";", "=", "==", "&&", "??", "?.", "...", " ", "\n", "é", "typeof ", "delete ", "yield ", "import('x')", "eval('1')", "}}", "${{",
    ];

    private static readonly ExpressionEvaluator Evaluator = new();

    private static readonly ExpressionScope Scope = new()
    {
        Parameters = JsonElement.Parse("""{"a":[1,{"b":null}]}"""),
        Activities = _ => new ActivityFacts(ActivityStatus.Succeeded, JsonElement.Parse("""{"a":1}""")),
        Item = JsonElement.Parse("[]"),
        Index = 0,
    };

    [Fact]
    public void Any_text_is_evaluated_or_refused_and_never_throws() =>
        Gen.Int[0, Tokens.Length - 1].Select(i => Tokens[i]).Array[0, 12].Select(string.Concat).Sample(code =>
        {
            ExpressionTemplate template = ExpressionTemplate.Parse("${{ " + code + " }}");
            Assert.All(template.Errors, e => Assert.InRange(e.Position, 0, code.Length + 7));
            if (Evaluator.Evaluate(template, Scope) is Evaluation<JsonElement>.Failed failed)
                Assert.StartsWith("EXPR-", failed.Failure.Code, StringComparison.Ordinal);
        }, iter: 1500);

    [Fact]
    public void Json_goes_through_an_expression_unchanged() =>
        Gen.OneOf(Gen.Long.Select(l => l.ToString(System.Globalization.CultureInfo.InvariantCulture)), Gen.Double[-1e12, 1e12].Select(d => JsonSerializer.Serialize(d)), Gen.String.Select(s => JsonSerializer.Serialize(s)))
            .Sample(json =>
            {
                ExpressionScope scope = new() { Parameters = JsonElement.Parse($$"""{"p":{{json}}}""") };
                Assert.Equal(json, Assert.IsType<Evaluation<JsonElement>.Done>(Evaluator.Evaluate(ExpressionTemplate.Parse("${{ parameters.p }}"), scope)).Value.GetRawText());
                JsonElement computed = Assert.IsType<Evaluation<JsonElement>.Done>(Evaluator.Evaluate(ExpressionTemplate.Parse("${{ [parameters.p][0] }}"), scope)).Value;
                if (json[0] == '"')
                    Assert.Equal(JsonElement.Parse(json).GetString(), computed.GetString());
                else
                    Assert.Equal(JsonElement.Parse(json).GetDouble(), computed.GetDouble());
            }, iter: 700);
}
