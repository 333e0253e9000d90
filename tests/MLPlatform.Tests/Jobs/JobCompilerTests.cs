using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Server.Activities;
using Xunit;

namespace MLPlatform.Tests.Jobs;

/// <summary>How jobs become pipelines.</summary>
public class JobCompilerTests
{
    private static readonly Dictionary<string, FrameworkFile> Frameworks = Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "workflows", "frameworks"), "*.json")
        .Select(f => Framework(File.ReadAllBytes(f), f)).ToDictionary(f => f.Name);

    [Fact]
    public void A_job_with_a_preset_becomes_an_ordinary_pipeline_with_declared_parameters()
    {
        (JsonObject? pipeline, CompileResult? compiled) = Compile("""
            { "id": "ctr", "basic": { "owner": "reco" }, "resources": { "cpu": 2 }, "code": { "folder": "ctr" }, "framework": "torch-1.13", "preset": "script",
              "parameters": { "epochs": 7 }, "advanced": { "timeout": "PT1H" }, "alarms": [ { "on": ["failed"], "to": ["oncall"] } ],
              "schedule": { "triggers": [ { "type": "cron", "cron": "0 3 * * *" } ] } }
            """);
        Assert.NotNull(compiled!.Pipeline);
        Assert.Equal((7, 1), ((int)pipeline!["parameters"]!["epochs"]!["default"]!, (int)pipeline["parameters"]!["epochs"]!["minimum"]!));
        JsonNode inputs = pipeline["activities"]!["train"]!["inputs"]!;
        Assert.Equal(["/usr/bin/python3", "train.py"], inputs["command"]!.AsArray().Select(w => (string)w!));
        Assert.Equal("${{ parameters.learningRate }}", (string)inputs["parameters"]!["learningRate"]!);
        Assert.Equal("torch-1.13", (string)pipeline["basic"]!["labels"]!["job.framework"]!);
        Assert.Single(compiled.Pipeline.File.Alarms);
        Assert.Single(compiled.Pipeline.File.Schedule.Triggers);
    }

    [Fact]
    public void Without_a_preset_parameters_are_what_their_values_say()
    {
        (JsonObject? pipeline, CompileResult? compiled) = Compile("""{ "id": "j", "command": ["sh", "run.sh"], "parameters": { "a": 1, "b": 0.5, "c": "x", "d": true, "e": [1], "f": {} } }""");
        Assert.NotNull(compiled!.Pipeline);
        Assert.Equal(["integer", "number", "string", "boolean", "list", "object"], pipeline!["parameters"]!.AsObject().Select(p => (string)p.Value!["type"]!));
    }

    [Fact]
    public void A_framework_of_another_activity_takes_the_parameters_as_its_inputs()
    {
        (JsonObject? pipeline, CompileResult? compiled) = Compile("""{ "id": "fm", "framework": "vlps-1", "preset": "click-fm", "parameters": { "dim": 16 } }""");
        Assert.True(compiled!.Pipeline is not null, string.Join("; ", compiled.Diagnostics));
        Assert.Equal("train.vlps", (string)pipeline!["activities"]!["train"]!["type"]!);
    }

    [Fact]
    public void A_job_with_roles_is_a_distributed_training_whose_plan_adds_up_what_they_ask_for()
    {
        (_, CompileResult? compiled) = Compile("""{ "id": "d", "framework": "torch-1.13", "command": ["train.py"], "roles": { "chief": { "memory": "1Gi" }, "worker": { "count": 3, "cpu": "500m", "gpu": 1 } } }""");
        Assert.True(compiled!.Pipeline is not null, string.Join("; ", compiled.Diagnostics));
        PlannedNode node = Assert.Single(RunPlanner.Plan(compiled.Pipeline, new PlanRequest { LogicalDate = DateTimeOffset.UnixEpoch }).Plan!.Nodes);
        Assert.Equal(("train.distributed", 2500, 1L << 30, 3000), (node.Type, node.Resources.MilliCpu, node.Resources.MemoryBytes, node.Resources.MilliGpu));
    }

    [Fact]
    public void A_count_that_is_an_expression_is_refused_when_the_run_is_planned()
    {
        CompileResult compiled = PipelineCompiler.Compile("""
            { "id": "d", "parameters": { "n": { "type": "integer", "default": 2 } },
              "activities": { "train": { "type": "train.distributed", "inputs": { "command": ["x"], "roles": { "worker": { "count": "${{ parameters.n }}" } } } } } }
            """u8.ToArray(), "d.json", BuiltInActivities.Catalog());
        PlanResult planned = RunPlanner.Plan(compiled.Pipeline!, new PlanRequest { LogicalDate = DateTimeOffset.UnixEpoch });
        Assert.Equal("JOB-032", Assert.Single(planned.Diagnostics).Code);
    }

    [Theory]
    [InlineData("""{ "id": "j", "command": ["x"], "framework": "torch-1.31" }""", "JOB-020", "torch-1.13")]
    [InlineData("""{ "id": "j", "framework": "torch-1.13", "preset": "scrip" }""", "JOB-020", "script")]
    [InlineData("""{ "id": "j", "framework": "torch-1.13", "preset": "script", "parameters": { "epoch": 1 } }""", "JOB-021", "epochs")]
    [InlineData("""{ "id": "j", "preset": "script" }""", "JOB-022", "")]
    [InlineData("""{ "id": "j", "framework": "torch-1.13", "preset": "script" }""", "JOB-022", "--code")]
    [InlineData("""{ "id": "j" }""", "JOB-022", "command")]
    [InlineData("""{ "id": "j", "framework": "vlps-1", "command": ["x"] }""", "JOB-022", "")]
    [InlineData("""{ "id": "j", "comand": ["x"] }""", "PIPE-005", "command")]
    [InlineData("""{ "id": "j", "command": ["x"], "resources": { "gpus": 1 } }""", "PIPE-005", "gpu")]
    public void What_is_wrong_with_a_job_is_told_with_its_place_and_what_was_meant(string job, string code, string meant)
    {
        (_, IReadOnlyList<Diagnostic> problems) = Read(job);
        Diagnostic problem = Assert.Single(problems, p => p.Code == code);
        Assert.Contains(meant, problem.Hint ?? "", StringComparison.Ordinal);
        Assert.True(problem.Line > 0);
    }

    [Fact]
    public void Of_a_framework_that_there_is_not_only_that_is_told()
    {
        (_, IReadOnlyList<Diagnostic> problems) = Read("""{ "id": "j", "framework": "torch-1.31", "preset": "script" }""");
        Assert.Equal("JOB-020", Assert.Single(problems).Code);
    }

    [Fact]
    public void A_value_out_of_a_presets_bounds_is_refused_by_the_pipeline_that_the_job_becomes()
    {
        (_, CompileResult? compiled) = Compile("""{ "id": "j", "code": { "folder": "c" }, "framework": "torch-1.13", "preset": "script", "parameters": { "epochs": 0 } }""");
        Assert.Null(compiled!.Pipeline);
    }

    private static (JsonObject?, CompileResult?) Compile(string job)
    {
        (JsonObject? pipeline, IReadOnlyList<Diagnostic> problems) = Read(job);
        Assert.True(pipeline is not null, string.Join("; ", problems));
        return (pipeline, PipelineCompiler.Compile(Encoding.UTF8.GetBytes(pipeline.ToJsonString()), "job.json", BuiltInActivities.Catalog()));
    }

    private static (JsonObject?, IReadOnlyList<Diagnostic>) Read(string job)
    {
        JsonObject? pipeline = null;
        (_, IReadOnlyList<Diagnostic> problems) = SettingsFile.Read<JobFile>(Encoding.UTF8.GetBytes(job), "job.json", "a job", file =>
        {
            (pipeline, IReadOnlyList<SettingsProblem> found) = JobCompiler.Compile(file, Frameworks);
            return found;
        });
        return (pipeline, problems);
    }

    private static FrameworkFile Framework(byte[] utf8, string file)
    {
        (FrameworkFile? framework, IReadOnlyList<Diagnostic> problems) = SettingsFile.Read<FrameworkFile>(utf8, file, "a framework", _ => []);
        Assert.True(problems.Count == 0, string.Join("; ", problems));
        return framework!;
    }
}
