using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>The published schema in the hands of a validator that is not ours: Debian's python3-jsonschema.</summary>
public sealed class SchemaValidatorTests
{
    private const string Python = "/usr/bin/python3";

    private const string Script = """
        import json, sys
        from jsonschema import Draft202012Validator
        schema, cases = json.load(open(sys.argv[1])), json.load(sys.stdin)
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        def leaves(e):
            return [m for c in e.context for m in leaves(c)] if e.context else [e.json_path + ": " + e.message]
        print(json.dumps([sorted(m for e in validator.iter_errors(c) for m in leaves(e)) for c in cases]))
        """;

    private static readonly string Root = FindRoot();

    [Fact]
    public void A_right_file_is_accepted()
    {
        const string Right = """
            { "$schema": "./pipeline.schema.json", "id": "p",
              "parameters": { "pause": { "type": "string", "default": "PT1S" } },
              "schedule": { "triggers": [ { "type": "cron", "cron": "0 3 * * *", "timeZone": "Asia/Shanghai" } ] },
              "resources": { "cpu": "500m", "memory": "2Gi" },
              "advanced": { "retry": { "maxAttempts": 3 }, "timeout": "PT2H", "cache": "auto" },
              "alarms": [ { "on": ["failed"], "to": ["oncall"] } ],
              "activities": {
                "clean": { "type": "data.clean", "inputs": { "table": "${{ activities.x.outputs.table }}", "rules": [{ "replace": { "column": "a", "map": { "?": null, "b": "c" } } }] } },
                "wait": { "type": "control.wait", "inputs": { "duration": "${{ parameters.pause }}" } },
                "then": { "type": "control.noop", "dependsOn": ["wait"], "when": "${{ activities.wait.status == 'succeeded' }}", "forEach": [1, 2], "resources": { "cpu": 1 } } } }
            """;
        Assert.Empty(Validate(Right)[0]);
    }

    [Theory]
    [InlineData("""{ "id": "p", "activites": {}, "activities": { "a": { "type": "control.noop" } } }""", "activites")]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.noop", "dependOn": [] } } }""", "dependOn")]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.wait", "inputs": { "durations": "PT1S" } } } }""", "durations")]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.wait", "inputs": { "duration": "soon" } } } }""", "soon")]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.nop" } } }""", "control.nop")]
    [InlineData("""{ "id": "p", "schedule": { "triggers": [ { "type": "cron", "crom": "0 3 * * *" } ] }, "activities": { "a": { "type": "control.noop" } } }""", "crom")]
    [InlineData("""{ "id": "p", "resources": { "cpus": 1 }, "activities": { "a": { "type": "control.noop" } } }""", "cpus")]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.noop", "when": "true" } } }""", "when")]
    [InlineData("""{ "id": "p", "activities": {} }""", "activities")]
    [InlineData("""{ "activities": { "a": { "type": "control.noop" } } }""", "id")]
    public void A_misspelt_or_wrong_field_is_refused_by_name(string file, string named)
    {
        string[] errors = Validate(file)[0];
        Assert.NotEmpty(errors);
        Assert.Contains(errors, e => e.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_shipped_pipeline_is_accepted()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(Root, "workflows"), "*.json").Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
            Assert.Skip("workflows/ holds no pipeline");
        string[][] errors = Validate([.. files.Select(File.ReadAllText)]);
        Assert.All(files.Zip(errors), f => Assert.True(f.Second.Length == 0, $"{f.First}: {string.Join("; ", f.Second)}"));
    }

    // The examples of the docs, and frameworks that ship.
    [Fact]
    public void Jobs_and_frameworks_have_schemas_that_accept_what_is_right_and_name_what_is_not()
    {
        string[] examples = [.. File.ReadAllText(Path.Combine(Root, "docs", "training.md")).Split("```json\n").Skip(1).Select(e => e.Split("```")[0]).Where(e => e.StartsWith("{ \"id\"", StringComparison.Ordinal))];
        Assert.True(examples.Length >= 2);
        Assert.All(ValidateBy("job.schema.json", examples), Assert.Empty);
        string[] frameworks = [.. Directory.GetFiles(Path.Combine(Root, "workflows", "frameworks"), "*.json").Select(File.ReadAllText)];
        Assert.All(ValidateBy("framework.schema.json", frameworks), Assert.Empty);
        string[][] wrong = ValidateBy("job.schema.json",
            """{ "id": "j", "comand": ["x"] }""", """{ "id": "j", "resources": { "cpus": 1 } }""", """{ "id": "j", "roles": { "worker": { "cont": 2 } } }""", """{ "id": "j", "code": { "gitt": "x" } }""");
        Assert.All(((string[])["comand", "cpus", "cont", "gitt"]).Zip(wrong), w => Assert.Contains(w.Second, e => e.Contains(w.First, StringComparison.Ordinal)));
        Assert.Contains(ValidateBy("framework.schema.json", """{ "name": "f", "presets": { "p": { "comand": [] } } }""")[0], e => e.Contains("comand", StringComparison.Ordinal));
    }

    [Fact]
    public void Resources_have_a_schema_that_accepts_the_sample_and_names_what_is_misspelt()
    {
        Assert.All(ValidateBy("resources.schema.json", File.ReadAllText(Path.Combine(Root, "samples", "quotas", "resources.json"))), Assert.Empty);
        string[][] wrong = ValidateBy("resources.schema.json",
            """{ "pool": {} }""", """{ "groups": { "a": { "wieght": 1 } } }""", """{ "groups": { "a": { "quotas": { "default": { "nominal": { "gpus": 1 } } } } } }""", """{ "groups": { "a": { "budget": { "gpuHours": -1 } } } }""");
        Assert.All(((string[])["pool", "wieght", "gpus", "-1"]).Zip(wrong), w => Assert.Contains(w.Second, e => e.Contains(w.First, StringComparison.Ordinal)));
    }

    private static string[][] Validate(params string[] files) => ValidateBy("pipeline.schema.json", files);

    private static string[][] ValidateBy(string schema, params string[] files)
    {
        if (!File.Exists(Python) || Run("-c", "import jsonschema", "").Code != 0)
            Assert.Skip("python3-jsonschema is not installed");
        JsonArray cases = new([.. files.Select(f => JsonNode.Parse(f))]);
        (int code, string output, string error) = Run("-c", Script, cases.ToJsonString(), Path.Combine(Root, "workflows", schema));
        Assert.True(code == 0, error);
        return [.. JsonNode.Parse(output)!.AsArray().Select(c => c!.AsArray().Select(e => (string)e!).ToArray())];
    }

    private static (int Code, string Output, string Error) Run(string option, string script, string input, params string[] arguments)
    {
        ProcessStartInfo start = new(Python, [option, script, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLPlatform.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("the tests do not run below the folder of MLPlatform.sln");
    }
}
