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
    [InlineData("""{ "model": "deepfm", "layer": [8] }""", "VLPS-001", "$.activities.train.inputs.declaration.layer", 5, "layers")]
    [InlineData("{ \"model\": \"fm\", \"except\": { \"price.scaled\": {\n \"dmi\": 2 } } }", "VLPS-001", "$.activities.train.inputs.declaration.except['price.scaled'].dmi", 6, "dim")]
    [InlineData("{ \"model\": \"lr\",\n \"layers\": [8] }", "VLPS-007", "$.activities.train.inputs.declaration.layers", 6, "no perceptron")]
    [InlineData("{ \"model\": \"deepfm\",\n \"layers\": [16,\n \"x\"] }", "VLPS-002", "$.activities.train.inputs.declaration.layers[1]", 7, "")]
    [InlineData("{ \"model\": \"fm\", \"except\": { \"user\": {},\n \"item\": { \"dim\": 9000 } } }", "VLPS-003", "$.activities.train.inputs.declaration.except.item.dim", 6, "9000")]
    [InlineData("{ \"model\": \"fm\", \"tasks\": [ { \"name\": \"click\" },\n { \"name\": \"click\", \"label\": \"x\" } ] }", "VLPS-005", "$.activities.train.inputs.declaration.tasks[1].name", 6, "click")]
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

    [Theory]
    [InlineData("\"dim\": \"many\", \"declaration\": { \"model\": \"depfm\" }", "PIPE-004", "VLPS-002")]
    [InlineData("\"dmi\": 4, \"patience\": 2, \"declaration\": { \"model\": \"lr\", \"layers\": [8] }", "ML-006", "PIPE-005", "VLPS-007")]
    [InlineData("\"patience\": \"long\", \"declaration\": 7", "ML-006", "PIPE-004", "VLPS-002")]
    [InlineData("\"declaration\": { \"model\": \"fm\", \"model\": \"lr\" }", "PIPE-003")]
    public void Mistakes_of_a_declaration_are_told_beside_those_of_other_inputs(string inputs, params string[] codes) =>
        Assert.Equal(codes, Compile(Vlps(inputs)).Diagnostics.Select(d => d.Code).Order());

    public static TheoryData<string, string, string[]> Fields => new()
    {
        { "hash", "\"features\": [{ \"hash\": [\"user\", \"colour\"] }, { \"standardize\": [\"price\"] }, { \"cross\": [\"user\", \"colour\"], \"name\": \"both\" }]", ["did you mean 'colour'?"] },
        { "the feature is declared with an expression", "\"features\": [{ \"hash\": [\"${{ parameters.declared }}\"] }]", [] },
        { "the features have a mistake of their own", "\"features\": [{ \"hash\": [\"a\"], \"log\": [\"b\"] }]", [] },
        { "the features are no list", "\"features\": { \"$none\": 1 }", [] },
    };

    [Theory, MemberData(nameof(Fields))]
    public void A_field_that_the_features_of_the_same_file_do_not_make_is_told(string why, string features, string[] about)
    {
        string activity = $$$"""
            "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } },
            "features": { "type": "features.build", "inputs": { "table": "${{ activities.collect.outputs.table }}", {{{features}}} } },
            "train": { "type": "train.vlps", "inputs": {
              "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.features.outputs.features }}", "label": "click",
              "declaration": { "model": "fm", "except": { "color": { "rate": 0.1 }, "price.scaled": {}, "both": {} } } } }
            """;
        Diagnostic[] problems = [.. Compile(activity).Diagnostics.Where(d => d.Code.StartsWith("VLPS", StringComparison.Ordinal))];
        Assert.Equal(about.Length, problems.Length);
        Assert.All(problems, p => Assert.Equal(("VLPS-004", "$.activities.train.inputs.declaration.except.color"), (p.Code, p.Path)));
        Assert.All(about, words => Assert.True(problems[0].Message.Contains(words, StringComparison.Ordinal), why + problems[0].Message));
    }

    [Theory]
    [InlineData("\"from\": \"${{ models['ads'].champion }}\",", 0)]
    [InlineData("\"from\": null,", 1)]
    public void With_a_model_to_go_on_from_its_fields_are_those_that_count(string from, int problems) => Assert.Equal(problems, Compile($$$"""
        "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } },
        "features": { "type": "features.build", "inputs": { "table": "${{ activities.collect.outputs.table }}", "features": [{ "hash": ["user"] }] } },
        "train": { "type": "train.vlps", "inputs": { {{{from}}} "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.features.outputs.features }}",
          "label": "click", "declaration": { "model": "fm", "except": { "usr": {} } } } }
        """).Diagnostics.Count);

    [Fact]
    public void Over_shards_they_are_those_of_the_model_as_well() => Assert.Empty(Compile("""
        "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } },
        "features": { "type": "features.build", "inputs": { "table": "${{ activities.collect.outputs.table }}", "features": [{ "hash": ["user"] }] } },
        "train": { "type": "train.distributed", "inputs": {
          "roles": { "worker": { "count": 2, "command": ["mlp", "vlps", "worker"] } },
          "artifacts": { "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.features.outputs.features }}", "from": "${{ models['ads'].champion }}" },
          "parameters": { "label": "click", "declaration": { "model": "fm", "except": { "usr": {} } } } } }
        """).Diagnostics);

    [Fact]
    public void The_fields_of_a_training_over_shards_are_known_as_well() =>
        Assert.Equal(("VLPS-004", "$.activities.train.inputs.parameters.declaration.except.usr"), Compile("""
            "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } },
            "features": { "type": "features.build", "inputs": { "table": "${{ activities.collect.outputs.table }}", "features": [{ "hash": ["user"] }] } },
            "train": { "type": "train.distributed", "inputs": {
              "roles": { "worker": { "count": 2, "command": ["mlp", "vlps", "worker"] } },
              "artifacts": { "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.features.outputs.features }}" },
              "parameters": { "label": "click", "declaration": { "model": "fm", "except": { "usr": {} } } } } }
            """).Diagnostics.Select(d => (d.Code, d.Path)).Single());

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

    [Theory]
    [InlineData("", "ML-006")]
    [InlineData("\"validation\": \"${{ activities.collect.outputs.table }}\"", null)]
    public void Patience_over_shards_needs_a_validation_table_as_well(string artifacts, string? code) =>
        Assert.Equal(code is null ? [] : [(code, "$.activities.train.inputs.parameters.patience")], Compile($$$"""
            "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } },
            "train": { "type": "train.distributed", "inputs": {
              "roles": { "worker": { "count": 2, "command": ["mlp", "vlps", "worker"] } }, "artifacts": { {{{artifacts}}} }, "parameters": { "label": "click", "patience": 2 } } }
            """).Diagnostics.Select(d => (d.Code, d.Path)));

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
