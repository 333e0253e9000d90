using System.Text;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>Mistakes of a declaration that stands in a pipeline file are told before any run, at their place.</summary>
public sealed class WrittenDeclarationTests
{
    private static readonly ActivityCatalog Catalog = ActivityCatalog.FromAssemblies(typeof(TrainVlps).Assembly);

    [Theory]
    [InlineData("""{ "model": "depfm" }""", "VLPS-002", "$.activities.train.inputs.declaration.model", 5, "deepfm")]
    [InlineData("\"depfm\"", "VLPS-002", "$.activities.train.inputs.declaration", 5, "deepfm")]
    [InlineData("""{ "model": "deepfm", "layer": [8] }""", "VLPS-001", "$.activities.train.inputs.declaration", 5, "layers")]
    [InlineData("{ \"model\": \"deepfm\",\n \"layers\": [16,\n \"x\"] }", "VLPS-002", "$.activities.train.inputs.declaration.layers[1]", 7, "")]
    [InlineData("{ \"model\": \"fm\", \"except\": { \"user\": {},\n \"item\": { \"dim\": 9000 } } }", "VLPS-003", "$.activities.train.inputs.declaration.except.item.dim", 6, "9000")]
    [InlineData("{ \"model\": \"fm\", \"tasks\": [ { \"name\": \"click\" },\n { \"name\": \"click\", \"label\": \"x\" } ] }", "VLPS-005", "$.activities.train.inputs.declaration.tasks[1]", 6, "click")]
    public void It_is_told_with_its_code_its_path_and_its_line(string declaration, string code, string path, int line, string about)
    {
        Diagnostic problem = Assert.Single(Compile(Vlps($"\"declaration\": {declaration}")).Diagnostics);
        Assert.Equal((code, path, line, DiagnosticSeverity.Error), (problem.Code, problem.Path, problem.Line, problem.Severity));
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once() =>
        Assert.Equal(["VLPS-001", "VLPS-002"], Compile(Vlps("""
            "declaration": { "model": "depfm", "layer": [8] }
            """)).Diagnostics.Select(d => d.Code).Order());

    [Fact]
    public void A_model_and_a_declaration_are_told_to_be_two() =>
        Assert.Equal("ML-006", Assert.Single(Compile(Vlps("""
            "model": "fm", "declaration": "deepfm"
            """)).Diagnostics).Code);

    [Theory]
    [InlineData("\"${{ parameters.declared }}\"")]
    [InlineData("""{ "model": "${{ parameters.declared }}" }""")]
    [InlineData("""{ "model": "deepfm", "layers": [8], "except": { "anything": { "rate": 0.1 } } }""")]
    [InlineData("\"deepfm\"")]
    [InlineData("null")]
    public void What_is_not_known_before_a_run_is_left_to_it(string declaration) =>
        Assert.Empty(Compile(Vlps($"\"declaration\": {declaration}")).Diagnostics.Select(d => d.ToString()));

    [Theory]
    [InlineData("\"patience\": 2, \"epochs\": 5", "$.activities.train.inputs.patience")]
    [InlineData("\"calibrate\": \"platt\"", "$.activities.train.inputs.calibrate")]
    [InlineData("\"calibrate\": \"platt\", \"validation\": null", "$.activities.train.inputs.calibrate")]
    [InlineData("\"calibrate\": \"platt\", \"validation\": \"${{ activities.collect.outputs.table }}\"", null)]
    public void What_needs_a_validation_table_is_told_where_there_is_none(string inputs, string? path) =>
        Assert.Equal(path is null ? [] : [("ML-006", path)], Compile(Vlps(inputs)).Diagnostics.Select(d => (d.Code, d.Path)));

    [Fact]
    public void Where_an_input_has_another_type_that_alone_is_told() =>
        Assert.Equal("PIPE-004", Assert.Single(Compile(Vlps("""
            "dim": "many", "declaration": { "model": "depfm" }
            """)).Diagnostics).Code);

    [Theory]
    [InlineData("vlps", "VLPS-002")]
    [InlineData("other", null)]
    public void The_parameters_of_a_training_over_shards_are_ours_alone_where_our_workers_run(string program, string? code)
    {
        string activity = $$"""
            "train": { "type": "train.distributed", "inputs": {
              "roles": { "worker": { "count": 2, "command": ["mlp", "{{program}}", "worker"] } },
              "parameters": { "label": "click",
                "declaration": { "model": "depfm" } } } }
            """;
        IReadOnlyList<Diagnostic> problems = Compile(activity).Diagnostics;
        Assert.Equal(code is null ? [] : [(code, "$.activities.train.inputs.parameters.declaration.model")], problems.Select(d => (d.Code, d.Path)));
    }

    private static string Vlps(string more) => $$$"""
            "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } }, "train": { "type": "train.vlps",
              "inputs": { "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.collect.outputs.table }}", "label": "click", {{{more}}} } }
        """;

    private static CompileResult Compile(string activity) => PipelineCompiler.Compile(Encoding.UTF8.GetBytes($$"""
        {
          "id": "p", "parameters": { "declared": { "type": "string", "default": "fm" } },
          "activities": {
        {{activity}}
          }
        }
        """), "p.json", Catalog);
}
