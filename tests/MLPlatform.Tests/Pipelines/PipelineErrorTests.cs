using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class PipelineErrorTests
{
    [Theory, MemberData(nameof(PipelineErrorCases.All), MemberType = typeof(PipelineErrorCases))]
    public void A_wrong_file_gets_one_error_at_its_place(PipelineErrorCase wrong)
    {
        Diagnostic error = CompileAssert.OnlyError(wrong.Json);
        Assert.Equal((wrong.Code, wrong.Path), (error.Code, error.Path));
        Assert.Contains(wrong.Message, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        if (wrong.Hint is not null)
            Assert.Contains(wrong.Hint, error.Hint, StringComparison.Ordinal);
        Assert.StartsWith(wrong.At, From(wrong.Json, error.Line, error.Column), StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_reported_at_once_and_in_file_order()
    {
        CompileResult result = CompileAssert.Compile("""
            {
              "id": "p",
              "basics": {},
              "parameters": { "n": { "type": "integer", "default": "x" } },
              "resources": { "cpu": "many", "memory": "8GB" },
              "activities": {
                "make": { "type": "test.make", "inputs": { "src": "s" } },
                "use": { "type": "test.use", "inputs": { "table": "${{ activities.maek.outputs.table }}", "ratio": 7, "mode": "slow" } },
                "a": { "type": "test.step", "dependsOn": ["b"], "when": "${{ 1 + }}" },
                "b": { "type": "test.stop", "dependsOn": ["a"] }
              }
            }
            """);
        Assert.Null(result.Pipeline);
        Assert.Equal(
            ["PIPE-005", "PIPE-020", "PIPE-010", "PIPE-010", "PIPE-006", "PIPE-005", "PIPE-014", "PIPE-008", "PIPE-007", "EXPR-002", "PIPE-013", "PIPE-018"],
            result.Diagnostics.Select(d => d.Code));
        Assert.Equal(result.Diagnostics.OrderBy(d => (d.Line, d.Column)), result.Diagnostics);
    }

    [Fact]
    public void A_file_wrong_in_thousands_of_places_lists_the_first_thousand_and_counts_the_rest()
    {
        string activities = string.Join(",\n", Enumerable.Range(0, 3000).Select(i => $"\"a{i}\": {{ \"type\": \"test.step\", \"dependsOn\": [\"b{i}\"] }}"));
        CompileResult result = CompileAssert.Compile($"{{ \"id\": \"p\", \"activities\": {{ {activities} }} }}");
        Assert.Equal(1001, result.Diagnostics.Count);
        Assert.Equal("2000 more problems are not listed", result.Diagnostics[^1].Message);
    }

    [Fact]
    public void Columns_count_characters_and_not_bytes()
    {
        Diagnostic error = CompileAssert.OnlyError("""{ "id": "p", "basic": { "name": "größe 日本" }, "activities": { "a": { "type": "test.stop" } } }""");
        Assert.Equal((1, 78), (error.Line, error.Column));
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_at_its_byte()
    {
        byte[] bytes = [.. "{ \"id\": \""u8, 0xff, .. "\" }"u8];
        Diagnostic error = Assert.Single(PipelineCompiler.Compile(bytes, "p.json", SampleActivities.Catalog).Diagnostics);
        Assert.Equal(("PIPE-001", 1, 10), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void A_byte_order_mark_is_read_past()
    {
        byte[] bytes = [0xef, 0xbb, 0xbf, .. "{ \"id\": \"p\", \"activities\": { \"a\": { \"type\": \"test.stop\" } } }"u8];
        Diagnostic error = Assert.Single(PipelineCompiler.Compile(bytes, "p.json", SampleActivities.Catalog).Diagnostics);
        Assert.Equal(("PIPE-013", 1, 45), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void A_diagnostic_reads_as_a_compilers_does() => Assert.Equal(
        "p.json:1:45: error PIPE-013: there is no activity type \"test.stop\" ($.activities.a.type) Did you mean \"test.step\"?",
        CompileAssert.OnlyError("""{ "id": "p", "activities": { "a": { "type": "test.stop" } } }""").ToString());

    private static string From(string text, int line, int column)
    {
        int start = 0;
        for (int i = 1; i < line; i++)
            start = text.IndexOf('\n', start) + 1;
        return text[Math.Min(text.Length, start + column - 1)..];
    }
}
