using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

public sealed class OfflineTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Help_names_every_command()
    {
        Outcome help = await _mlp.RunAsync("--help");
        help.Is(0);
        Assert.All("serve validate plan run runs apply pipelines triggers backfill models import tokens audit bench version".Split(' '),
            command => Assert.Contains($"\n  {command} ", help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_shows_roles_as_they_are_written()
    {
        Outcome help = await _mlp.RunAsync("tokens", "create", "--help");
        help.Is(0);
        Assert.Contains("--role <viewer|editor|admin>", help.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Viewer", help.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("run")]
    [InlineData("runs", "list", "--limit", "many")]
    [InlineData("validate")]
    [InlineData("tokens", "create", "x", "--role", "king")]
    public async Task Bad_usage_ends_with_2_and_a_code(params string[] arguments)
    {
        Outcome outcome = await _mlp.RunAsync(arguments);
        outcome.Is(2);
        Assert.Contains("error CLI-001", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("--help", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_file_is_valid_and_no_home_is_made()
    {
        Outcome outcome = await _mlp.RunAsync("validate", _mlp.Write("chain.json", Flows.Chain));
        outcome.Is(0);
        Assert.Equal("chain.json: valid, pipeline chain, 3 activities\n", outcome.Output);
        Assert.False(Directory.Exists(_mlp.Home));
    }

    [Fact]
    public async Task Channels_of_alarms_are_checked_where_the_settings_declare_any()
    {
        string file = _mlp.Write("told.json", """{ "id": "told", "alarms": [ { "on": ["failed"], "to": ["oncal"] } ], "activities": { "a": { "type": "control.noop" } } }""");
        Outcome unknown = await _mlp.RunAsync("validate", file);
        unknown.Is(0);
        Assert.Equal("", unknown.Error);
        _mlp.Variables["MLP_Alarms__Channels__oncall__Type"] = "slack";
        Outcome known = await _mlp.RunAsync("validate", file);
        known.Is(0);
        Assert.Contains("warning PIPE-028", known.Error, StringComparison.Ordinal);
        Assert.Contains("\"oncall\"", known.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_error_is_printed_with_file_line_column_code_path_and_hint()
    {
        _mlp.Write("good.json", Flows.Chain);
        _mlp.Write("bad.json", "{\n  \"id\": \"bad\",\n  \"activities\": {\n    \"a\": { \"type\": \"control.nop\" },\n    \"b\": { \"type\": \"control.noop\", \"dependsOn\": [\"c\"] }\n  }\n}\n");
        Outcome outcome = await _mlp.RunAsync("validate", "good.json", "bad.json");
        outcome.Is(2);
        Assert.Matches("bad.json:4:[0-9]+: error PIPE-[0-9]+: .*control.nop.*\\(\\$.activities.a.type\\).*control.noop", outcome.Error);
        Assert.Matches("bad.json:5:[0-9]+: error PIPE-[0-9]+: .*\\(\\$.activities.b.dependsOn", outcome.Error);
        Assert.Contains("2 errors in 1 of 2 files", outcome.Error, StringComparison.Ordinal);

        JsonElement json = (await _mlp.RunAsync("validate", ".", "--json")).Json;
        Assert.Equal(2, json.GetArrayLength());
        Assert.Equal(2, json[0].GetProperty("diagnostics").GetArrayLength());
        Assert.True(json[1].GetProperty("valid").GetBoolean());
    }

    [Theory]
    [InlineData("not json at all")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\u0000\u0001")]
    public async Task What_is_no_pipeline_is_said_to_be_none(string text)
    {
        Outcome outcome = await _mlp.RunAsync("validate", _mlp.Write("x.json", text));
        outcome.Is(2);
        Assert.Contains("x.json:1:", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Yaml_is_said_to_be_none() =>
        Assert.Contains("JSON, not YAML", (await _mlp.RunAsync("validate", _mlp.Write("x.yaml", "id: x"))).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("validate")]
    [InlineData("plan")]
    [InlineData("run")]
    public async Task A_file_that_is_not_there_is_named(string command)
    {
        Outcome outcome = await _mlp.RunAsync(command, "none.json");
        outcome.Is(2);
        Assert.Matches("^error CLI-006: There is no file( or folder)? 'none.json'", outcome.Error);
    }

    [Theory]
    [InlineData("", "mlp needs a command: serve, demo,", "mlp --help")]
    [InlineData("rnu", "mlp has no command 'rnu'. Did you mean 'run'?", "mlp --help")]
    [InlineData("runs", "mlp runs needs a command: list,", "mlp runs --help")]
    [InlineData("runs lsit", "mlp runs has no command 'lsit'. Did you mean 'list'?", "mlp runs --help")]
    [InlineData("runs show", "Required argument 'RUN' missing", "mlp runs show --help")]
    [InlineData("tokens create x --role boss", "Cannot parse argument 'boss' for option '--role'. It is one of ", "mlp tokens create --help")]
    [InlineData("version --loud", "'--loud'", "mlp version --help")]
    [InlineData("vlps size --features 5 --precision float8", "Argument 'float8' not recognized. It is one of 'float32', 'bfloat16'.", "mlp vlps size --help")]
    public async Task A_command_line_that_cannot_be_read_is_answered_with_one_error_and_where_to_look(string line, string error, string see)
    {
        Outcome outcome = await _mlp.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        outcome.Is(2);
        Assert.Equal(1, outcome.Error.Split("error ").Length - 1);
        Assert.Contains("error CLI-001: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(error, outcome.Error, StringComparison.Ordinal);
        Assert.EndsWith($"See: {see}\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_is_shown_without_a_server()
    {
        string file = _mlp.Write("chain.json", Flows.Chain);
        Outcome text = await _mlp.RunAsync("plan", file);
        text.Is(0);
        Assert.Contains("Critical path: first -> each -> last", text.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_mlp.Home));
        JsonElement json = (await _mlp.RunAsync("plan", file, "--json", "-p", "size=4")).Json;
        Assert.Equal(3, json.GetProperty("nodes").GetArrayLength());
        Outcome wrong = await _mlp.RunAsync("plan", file, "-p", "size=big");
        wrong.Is(2);
        Assert.Contains("PLAN-004", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_where_nothing_answers_ends_with_3()
    {
        Outcome outcome = await _mlp.RunAsync("runs", "list", "--server", "http://127.0.0.1:9");
        outcome.Is(3);
        Assert.Contains("error CLI-003", outcome.Error, StringComparison.Ordinal);
        (await _mlp.RunAsync("runs", "list", "--server", "nonsense")).Is(2);
    }

    [Fact]
    public async Task A_cyclic_workflow_is_not_imported()
    {
        Outcome outcome = await _mlp.RunAsync("import", "wfcommons", _mlp.Write("wf.json", """{"name":"x","schemaVersion":"1.5","workflow":{"specification":{"tasks":[{"name":"a","id":"a","parents":["b"],"children":["b"]},{"name":"b","id":"b","parents":["a"],"children":["a"]}]}}}"""));
        outcome.Is(2);
        Assert.Matches("error [A-Z]+-[0-9]+", outcome.Error);
    }
}
