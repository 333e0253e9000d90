using System.Text;
using MLPlatform.Core.Features;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Features;

public sealed class FeatureGroupTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, "workflows", "features");

    private static readonly string[] Needed = ["\"id\": \"g\", ", "\"version\": 1, ", "\"owner\": \"o\", ", "\"entity\": [{ \"name\": \"user\" }], ", "\"eventTime\": \"t\", "];

    public static TheoryData<string> Shipped => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Shipped))]
    public void Every_shipped_group_is_right(string file)
    {
        FeatureGroupResult result = FeatureGroupCompiler.Compile(File.ReadAllBytes(Path.Combine(Folder, file)), file);
        Assert.Empty(result.Diagnostics.Select(d => d.ToString()));
        Assert.Equal(file, result.Group!.Id + ".json");
    }

    [Fact]
    public void The_committed_schema_is_what_the_types_say()
    {
        string file = Path.Combine(Folder, "group.schema.json");
        string generated = FeatureGroupSchema.Generate();
        if (RepositoryFiles.Update)
            File.WriteAllText(file, generated);
        Assert.True(File.ReadAllText(file) == generated, "workflows/features/group.schema.json is out of date: run the fast tests once with MLP_UPDATE=1");
    }

    [Theory]
    [InlineData("PIPE-005", 1, """ "owners": "x", """, """{ "name": "a", "type": "string" }""")]
    [InlineData("PIPE-008", 1, """ "version": 0, """, """{ "name": "a", "type": "string" }""")]
    [InlineData("PIPE-009", 1, """ "ttl": "soon", """, """{ "name": "a", "type": "string" }""")]
    [InlineData("FEAT-001", 2, "", """{ "name": "a b", "type": "string" }""")]
    [InlineData("FEAT-002", 2, "", """{ "name": "USER", "type": "string" }""")]
    [InlineData("FEAT-002", 2, "", """{ "name": "event_time", "type": "string" }""")]
    [InlineData("FEAT-003", 1, """ "entity": [{ "name": "user", "type": "double" }], """, """{ "name": "a", "type": "string" }""")]
    [InlineData("FEAT-004", 2, "", """{ "name": "a" }""")]
    [InlineData("FEAT-004", 2, "", """{ "name": "a", "aggregate": { "op": "sum", "window": "PT1H" } }""")]
    [InlineData("FEAT-004", 2, "", """{ "name": "a", "aggregate": { "op": "last", "column": "c", "window": "PT1H" } }""")]
    [InlineData("FEAT-004", 2, "", """{ "name": "a", "type": "int64", "aggregate": { "op": "count", "window": "PT1H" } }""")]
    [InlineData("FEAT-004", 2, "", """{ "name": "a", "aggregate": { "op": "count", "window": "PT1H", "k": 2 } }""")]
    [InlineData("FEAT-005", 2, "", """{ "name": "a", "aggregate": { "op": "count", "window": "-PT1H" } }""")]
    [InlineData("FEAT-005", 1, """ "ttl": "PT0S", """, """{ "name": "a", "type": "string" }""")]
    public void A_mistake_is_told_with_its_code_and_its_line(string code, int line, string more, string feature)
    {
        string rest = string.Concat(Needed.Where(p => !more.Contains(p.Split(':')[0], StringComparison.Ordinal)));
        FeatureGroupResult result = FeatureGroupCompiler.Compile(Encoding.UTF8.GetBytes("{" + more + rest + "\n\"features\": [" + feature + "] }"), "g.json");
        Assert.Null(result.Group);
        Diagnostic problem = Assert.Single(result.Diagnostics);
        Assert.Equal((code, line), (problem.Code, problem.Line));
    }
}
