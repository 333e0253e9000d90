using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Registry;

/// <summary><c>mlp models import</c>: an ONNX file becomes a version in the registry, by a run of two activities.</summary>
internal static class ImportModelCommand
{
    private static readonly Argument<string> Name = new("MODEL") { Description = "The name in the registry." };
    private static readonly Argument<string> File = new("FILE") { Description = "The ONNX file, where the server can read it." };
    private static readonly Option<string[]> Columns = new("--column") { Description = "A column of the one input tensor of floats, in order; may be repeated. Default: each input is a column of its name.", HelpName = "COLUMN" };
    private static readonly Option<string?> Output = new("--output") { Description = "The output that holds the score. Default: the first of floats." };
    private static readonly Option<int?> Class = new("--class") { Description = "Which of several values of a row is the score, from 0. Default: the last.", HelpName = "N" };
    private static readonly Option<bool> Logits = new("--logits") { Description = "The output is the log-odds, not the probability." };
    private static readonly Option<string?> Label = new("--label") { Description = "The label column, for evaluating and gating. Default: label.", HelpName = "COLUMN" };
    private static readonly Option<string[]> Positive = new("--positive") { Description = "A label value that counts as 1; may be repeated. Default: the label is 0 or 1.", HelpName = "VALUE" };
    private static readonly Option<string[]> Alias = new("--alias") { Description = "An alias to point at the version; may be repeated." };
    private static readonly Option<string?> About = new("--description") { Description = "What is worth knowing about the version." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("import", "Register an ONNX file as the next version of a model.") { Name, File, Columns, Output, Class, Logits, Label, Positive, Alias, About, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel);
        StartRequest request = new(
            null, new PipelineSource(JsonSerializer.SerializeToElement(PipelineOf(parsed)), "import-model.json", null), RunCommand.ParametersOf([]), null, Environment.CurrentDirectory);
        RunView started = await platform.Client.PostAsync<RunView>("api/v1/runs", request, cancel);
        if (parsed.GetValue(Json))
            return await RunFollowing.FollowAsync(platform, started.Id, FollowStyle.Json, cancel);
        await foreach (object _ in RunFollowing.ChangesAsync(platform.Client, started.Id, new RunPicture(), cancel))
        {
            // Nothing to show before the end.
        }
        RunDetail run = await platform.Client.GetAsync<RunDetail>($"api/v1/runs/{started.Id}", cancel);
        if (run.State != RunStatus.Succeeded)
        {
            await RunText.EndAsync(platform.Client, run, cancel);
            return ExitCode.Failed;
        }
        JsonElement outputs = run.Outputs!.Value;
        string columns = string.Join(", ", outputs.GetProperty("columns").EnumerateArray().Select(c => c.GetString()));
        Console.WriteLine($"{parsed.GetValue(Name)}: version {outputs.GetProperty("version")}, reads {Print.Harmless(columns)}");
        return ExitCode.Done;
    }

    private static JsonObject PipelineOf(ParseResult parsed)
    {
        JsonObject import = new() { ["file"] = Path.GetFullPath(parsed.GetValue(File)!), ["logits"] = parsed.GetValue(Logits) };
        JsonObject register = new() { ["name"] = parsed.GetValue(Name), ["model"] = "${{ activities.import.outputs.model }}" };
        Put(import, "output", parsed.GetValue(Output));
        Put(import, "label", parsed.GetValue(Label));
        Put(import, "class", parsed.GetValue(Class) is { } chosen ? chosen : null);
        Put(import, "columns", Texts(parsed.GetValue(Columns)));
        Put(import, "positive", Texts(parsed.GetValue(Positive)));
        Put(register, "aliases", Texts(parsed.GetValue(Alias)));
        Put(register, "description", parsed.GetValue(About));
        return new JsonObject
        {
            ["id"] = "import-model",
            ["basic"] = new JsonObject { ["name"] = "Import a model" },
            ["activities"] = new JsonObject
            {
                ["import"] = new JsonObject { ["type"] = "model.import", ["inputs"] = import },
                ["register"] = new JsonObject { ["type"] = "model.register", ["inputs"] = register },
            },
            ["outputs"] = new JsonObject { ["version"] = "${{ activities.register.outputs.version }}", ["columns"] = "${{ activities.import.outputs.columns }}" },
        };
    }

    private static void Put(JsonObject inputs, string name, JsonNode? value)
    {
        if (value is not null)
            inputs[name] = value;
    }

    private static JsonArray? Texts(string[]? values) => values is { Length: > 0 } ? [.. values.Select(v => JsonValue.Create(v))] : null;
}
