using System.Text;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Quotas;

public sealed class ResourcesCompilerTests
{
    [Fact]
    public void The_shipped_sample_is_without_a_fault()
    {
        byte[] utf8 = File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "samples", "quotas", "resources.json"));
        (ResourcesFile? file, IReadOnlyList<Diagnostic> problems) = ResourcesCompiler.Compile(utf8, "resources.json");
        Assert.Empty(problems);
        Assert.Contains("production", file!.Pools.Keys);
    }

    [Fact]
    public void The_committed_schema_is_what_the_types_say()
    {
        string path = Path.Combine(RepositoryFiles.Root, "workflows", "resources.schema.json");
        if (RepositoryFiles.Update)
            File.WriteAllText(path, ResourcesCompiler.Schema());
        Assert.True(File.ReadAllText(path) == ResourcesCompiler.Schema(), "workflows/resources.schema.json is out of date: run the fast tests once with MLP_UPDATE=1");
    }

    [Theory]
    [InlineData("""{"pools":{"a b":{}}}""", "QUOTA-001", "$.pools['a b']", null)]
    [InlineData("""{"pools":{"production":{}},"groups":{"ads":{"quotas":{"prodution":{"nominal":{}}}}}}""", "QUOTA-002", "$.groups.ads.quotas.prodution", "production")]
    [InlineData("""{"pools":{"a":{"overflow":["other"]}}}""", "QUOTA-002", "$.pools.a.overflow[0]", "There are: a, default.")]
    [InlineData("""{"groups":{"ads":{"persons":{"mia":{"ceilings":{"nowhere":{}}}}}}}""", "QUOTA-002", "$.groups.ads.persons.mia.ceilings.nowhere", null)]
    [InlineData("""{"promotions":[{"from":"default","to":"fast"}]}""", "QUOTA-002", "$.promotions[0].to", null)]
    [InlineData("""{"groups":{"ads":{"parent":"ogr"},"org":{}}}""", "QUOTA-003", "$.groups.ads.parent", "org")]
    [InlineData("""{"groups":{"a":{"parent":"b"},"b":{"parent":"c"},"c":{"parent":"a"}}}""", "QUOTA-004", "$.groups.a.parent", null)]
    [InlineData("""{"groups":{"a":{"quotas":{"default":{"nominal":{"gpu":2},"lendingLimit":{"gpu":3}}}}}}""", "QUOTA-005", "$.groups.a.quotas.default.lendingLimit.gpu", null)]
    [InlineData("""{"pools":{"a":{"overflow":["a"]}}}""", "QUOTA-006", "$.pools.a.overflow[0]", null)]
    [InlineData("""{"promotions":[{"from":"default","to":"default"}]}""", "QUOTA-006", "$.promotions[0].to", null)]
    [InlineData("""{"groups":{"a":{"wieght":2}}}""", "PIPE-005", "$.groups.a.wieght", "weight")]
    [InlineData("""{"groups":{"a":{"quotas":{"default":{"nominal":{"gpu":"many"}}}}}}""", "PIPE-010", "$.groups.a.quotas.default.nominal.gpu", null)]
    [InlineData("""{"groups":{"a":{"quotas":{"default":{}}}}}""", "PIPE-006", "$.groups.a.quotas.default", null)]
    public void A_mistake_is_told_with_its_place(string json, string code, string path, string? hint)
    {
        (ResourcesFile? file, IReadOnlyList<Diagnostic> problems) = Compile(json);
        Assert.Null(file);
        Diagnostic problem = Assert.Single(problems);
        Assert.Equal((code, path, 1), (problem.Code, problem.Path, problem.Line));
        Assert.Contains(hint ?? "", problem.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cycle_is_told_once_as_its_path() =>
        Assert.Equal("groups are parts of each other: a -> b -> c -> a",
            Assert.Single(Compile("""{"groups":{"x":{"parent":"a"},"a":{"parent":"b"},"b":{"parent":"c"},"c":{"parent":"a"}}}""").Problems).Message);

    [Fact]
    public void A_mistyped_field_does_not_hide_a_wrong_name() =>
        Assert.Equal(["PIPE-004", "QUOTA-002", "QUOTA-003"],
            Compile("""{"groups":{"a":{"weight":"heavy","quotas":{"fast":{"nominal":{}}},"parent":"b"}}}""").Problems.Select(p => p.Code));

    [Theory]
    [InlineData("""{"groups":{"a":{"quotas":{"default":{"nominal":{"cpu":1},"borrowingLimit":{"gpu":3}}}}}}""", "QUOTA-007")]
    [InlineData("""{"groups":{"a":{"quotas":{"default":{"nominal":{"gpu":1},"borrowingLimit":{"gpu":1}}},"persons":{"mia":{"ceilings":{"default":{"gpu":3}}}}}}}""", "QUOTA-008")]
    [InlineData("""{"pools":{"p":{"nodes":{"n":{"cpu":4,"memory":"8Gi","gpus":1}}}},"groups":{"a":{"quotas":{"p":{"nominal":{"gpu":1}}}},"b":{"quotas":{"p":{"nominal":{"gpu":"500m"}}}}}}""", "QUOTA-009")]
    public void What_may_be_meant_is_a_warning(string json, string code)
    {
        (ResourcesFile? file, IReadOnlyList<Diagnostic> problems) = Compile(json);
        Assert.NotNull(file);
        Diagnostic problem = Assert.Single(problems);
        Assert.Equal((code, DiagnosticSeverity.Warning), (problem.Code, problem.Severity));
    }

    private static (ResourcesFile? File, IReadOnlyList<Diagnostic> Problems) Compile(string json) =>
        ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(json), "resources.json");
}
