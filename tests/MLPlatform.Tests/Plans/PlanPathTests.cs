using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using Xunit;

namespace MLPlatform.Tests.Plans;

public sealed class PlanPathTests
{
    private static PlanResult Plan(string inputs, string parameters, string? folder = "/flows", string? caller = "/home/me")
    {
        string file = $$$"""
            {
              "id": "paths",
              "parameters": {
                "data": { "type": "string", "format": "path", "default": "data" },
                "text": { "type": "string", "default": "data" }
              },
              "activities": { "read": { "type": "test.read", "inputs": {{{inputs}}} } }
            }
            """;
        ActivityCatalog catalog = new([ActivityCatalog.FromAssemblies(typeof(PlanPathTests).Assembly).Find("test.read")!]);
        CompileResult compiled = PipelineCompiler.Compile(System.Text.Encoding.UTF8.GetBytes(file), "paths.json", catalog);
        Assert.Empty(compiled.Diagnostics);
        return RunPlanner.Plan(compiled.Pipeline!, new PlanRequest
        {
            LogicalDate = DateTimeOffset.UnixEpoch,
            Parameters = JsonElement.Parse(parameters),
            Folder = folder,
            CallerFolder = caller,
        });
    }

    [Fact]
    public void A_path_that_the_caller_gave_belongs_to_the_callers_folder_and_a_default_to_the_files()
    {
        Assert.Equal("/home/x", Plan("{}", """{"data":"../x"}""").Plan!.Parameters.GetProperty("data").GetString());
        Assert.Equal("/flows/data", Plan("{}", "{}").Plan!.Parameters.GetProperty("data").GetString());
        Assert.Equal("data", Plan("{}", "{}").Plan!.Parameters.GetProperty("text").GetString());
    }

    [Fact]
    public void A_relative_path_from_a_caller_whose_folder_is_unknown_is_refused()
    {
        PlanResult result = Plan("{}", """{"data":"../x"}""", caller: null);
        Assert.Null(result.Plan);
        Assert.Equal("PLAN-006", Assert.Single(result.Diagnostics).Code);
        Assert.NotNull(Plan("{}", """{"data":"/x"}""", caller: null).Plan);
    }

    [Fact]
    public void Literal_paths_of_external_file_inputs_belong_to_the_files_folder()
    {
        JsonElement inputs = Plan("""{ "source": "in/*.csv", "more": ["a.csv", "/b.csv", "${{ parameters.data }}/c.csv"], "words": "in" }""", "{}").Plan!.Nodes[0].Inputs;
        Assert.Equal("/flows/in/*.csv", inputs.GetProperty("source").GetString());
        Assert.Equal(["/flows/a.csv", "/b.csv", "${{ parameters.data }}/c.csv"], inputs.GetProperty("more").EnumerateArray().Select(e => e.GetString()!));
        Assert.Equal("in", inputs.GetProperty("words").GetString());
    }

    [Fact]
    public void Literal_paths_inside_a_record_of_an_input_belong_to_the_files_folder_too()
    {
        JsonElement inputs = Plan("""{ "from": { "file": "in/a.csv", "key": { "file": "key.txt" } } }""", "{}").Plan!.Nodes[0].Inputs;
        Assert.Equal("/flows/in/a.csv", inputs.GetProperty("from").GetProperty("file").GetString());
        Assert.Equal("/flows/key.txt", inputs.GetProperty("from").GetProperty("key").GetProperty("file").GetString());
    }

    [Fact]
    public void Without_a_folder_the_plan_says_what_the_file_said() =>
        Assert.Equal("in.csv", Plan("""{ "source": "in.csv" }""", "{}", folder: null).Plan!.Nodes[0].Inputs.GetProperty("source").GetString());
}

[Activity("test.read"), Description("Reads.")]
public sealed class ReadFiles : IActivity<ReadFiles.Inputs, ReadFiles.Outputs>
{
    public sealed record Inputs
    {
        [ExternalFiles]
        public string? Source { get; init; }

        [ExternalFiles]
        public IReadOnlyList<string> More { get; init; } = [];

        public string? Words { get; init; }

        public Place? From { get; init; }
    }

    public sealed record Place
    {
        [ExternalFiles]
        public string? File { get; init; }

        public Place? Key { get; init; }
    }

    public sealed record Outputs(int Rows);

    public Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel) => throw new NotSupportedException();
}
