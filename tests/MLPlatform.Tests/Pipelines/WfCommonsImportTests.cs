using System.Text;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Import;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class WfCommonsImportTests
{
    private static readonly ActivityCatalog Shipped = ActivityCatalog.FromAssemblies(typeof(Noop).Assembly);

    private static string Instance(string tasks, string executed = "") => $$"""
        { "name": "my workflow", "schemaVersion": "1.5", "workflow": {
            "specification": { "tasks": [{{tasks}}], "files": [] },
            "execution": { "makespanInSeconds": 1, "tasks": [{{executed}}] } } }
        """;

    private static ImportResult Import(string json, WfCommonsOptions? options = null) =>
        WfCommonsImport.Read(Encoding.UTF8.GetBytes(json), "w.json", options ?? new WfCommonsOptions());

    private const string Two = """{ "id": "a.1", "name": "a", "parents": [], "children": ["b"] }, { "id": "b", "name": "b", "parents": ["a.1"], "children": [] }""";
    private const string Ran = """{ "id": "a.1", "runtimeInSeconds": 2.5 }, { "id": "b", "runtimeInSeconds": 100 }""";

    [Fact]
    public void A_task_becomes_a_wait_of_its_scaled_run_time_that_holds_a_core()
    {
        CompiledPipeline pipeline = Compile(Import(Instance(Two, Ran), new WfCommonsOptions { Scale = 0.01 }));
        Assert.Equal("my-workflow", pipeline.Id);
        Assert.Equal(["a.1", "b"], pipeline.Activities.Select(a => a.Name));
        Assert.Equal(["PT0.025S", "PT1S"], pipeline.Activities.Select(a => a.Declaration.Inputs!.Value.GetProperty("duration").GetString()));
        Assert.All(pipeline.Activities, a => Assert.Equal(new Quantity(1), a.Declaration.Resources!.Cpu));
        Assert.Equal([0], pipeline.Activities[1].DependsOn);
    }

    [Fact]
    public void A_task_becomes_a_noop_where_asked()
    {
        CompiledPipeline pipeline = Compile(Import(Instance(Two, Ran), new WfCommonsOptions { Task = WfCommonsTask.Noop, Id = "other" }));
        Assert.Equal("other", pipeline.Id);
        Assert.All(pipeline.Activities, a => Assert.Equal(("control.noop", null), (a.Declaration.Type, a.Declaration.Resources)));
    }

    [Theory]
    [InlineData("PIPE-041", "\"b\"", """{ "id": "a" }, { "id": "b" }, { "id": "b" }""")]
    [InlineData("PIPE-042", "\"nobody\"", """{ "id": "a" }, { "id": "b", "parents": ["nobody"] }""")]
    [InlineData("PIPE-042", "\"nobody\"", """{ "id": "a", "children": ["nobody"] }""")]
    [InlineData("PIPE-018", "a -> c -> b -> a", """{ "id": "a", "parents": ["c"] }, { "id": "b", "parents": ["a"] }, { "id": "c", "parents": ["b"] }""")]
    [InlineData("PIPE-017", "\"a\"", """{ "id": "a", "parents": ["a"] }""")]
    [InlineData("PIPE-040", "no \"id\"", """{ "name": "a" }""")]
    [InlineData("PIPE-040", "no tasks", "")]
    [InlineData("PIPE-012", "\"a b\"", """{ "id": "a b" }""")]
    public void A_workflow_that_cannot_run_is_refused_with_the_id_named(string code, string named, string tasks)
    {
        ImportResult result = Import(Instance(tasks));
        Assert.Null(result.Pipeline);
        Diagnostic error = Assert.Single(result.Diagnostics);
        Assert.Equal(code, error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_schema_version_is_refused() =>
        Assert.Contains(Import(Instance(Two, Ran).Replace("1.5", "1.3", StringComparison.Ordinal)).Diagnostics, d => d.Code == "PIPE-040");

    [Fact]
    public void Missing_run_times_are_a_warning() => Assert.Equal("PIPE-043", Assert.Single(Import(Instance(Two)).Diagnostics).Code);

    [Theory]
    [InlineData("1000genome-chameleon-6ch-100k-001", 156, 228)]
    [InlineData("blast-chameleon-small-003", 43, 120)]
    [InlineData("bwa-chameleon-large-003", 1004, 4000)]
    [InlineData("cycles-chameleon-1l-3c-12p-001", 657, 975)]
    [InlineData("epigenomics-chameleon-hep-7seq-100k-001", 577, 709)]
    [InlineData("montage-chameleon-2mass-005d-001", 58, 114)]
    [InlineData("montage-chameleon-2mass-05d-001", 1738, 4698)]
    [InlineData("rnaseq-dirt02-001", 197, 451)]
    [InlineData("srasearch-chameleon-40a-001", 84, 122)]
    public void A_recorded_workflow_imports_and_compiles(string name, int tasks, int edges)
    {
        byte[] file = File.ReadAllBytes(SharedData.File($"dags/wfinstances/{name}.json"));
        ImportResult result = WfCommonsImport.Read(file, name, new WfCommonsOptions { Scale = 0.001 });
        Assert.Empty(result.Diagnostics);
        CompiledPipeline pipeline = Compile(result);
        Assert.Equal((tasks, edges), (pipeline.Activities.Count, pipeline.Activities.Sum(a => a.DependsOn.Count)));
        Assert.All(pipeline.Activities.Index(), a => Assert.All(a.Item.DependsOn, d => Assert.True(d < a.Index)));
    }

    private static CompiledPipeline Compile(ImportResult result)
    {
        Assert.NotNull(result.Pipeline);
        CompileResult compiled = PipelineCompiler.Compile(result.Pipeline, "w.json", Shipped);
        Assert.Empty(compiled.Diagnostics);
        return compiled.Pipeline!;
    }
}
