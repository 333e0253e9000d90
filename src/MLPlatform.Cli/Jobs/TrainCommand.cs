using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Code;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Code;
using MLPlatform.Server.Jobs;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Jobs;

/// <summary><c>mlp train FILE|COMMAND…</c>: submits a training job and stays until it has ended.</summary>
internal static class TrainCommand
{
    private static readonly Argument<string[]> Words = new("FILE|COMMAND")
    {
        Description = "A job file (*.json); or, with --code or --preset, what to run: train.py. Words that begin with a dash go after --.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly Option<string?> Code = new("--code")
    {
        Description = "A folder here, which becomes the next version of the job's code folder; a code folder of the platform, NAME or NAME@VERSION; or a repository, URL or URL#REF.",
        HelpName = "FOLDER|NAME|URL",
    };
    private static readonly Option<string?> Framework = new("--framework") { Description = "The environment, such as torch-1.13." };
    private static readonly Option<string?> Preset = new("--preset") { Description = "A preset of the framework." };
    private static readonly Option<string?> Id = new("--name") { Description = "The job's name. Default: that of the code." };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "A parameter as NAME=VALUE; may be repeated.", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> Combinations = new("--combinations") { Description = "A JSON file with a list of parameters: a run for each.", HelpName = "FILE" };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show progress bars while it runs." };
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Do not wait; needs a server." };
    private static readonly Option<bool> Show = new("--show") { Description = "Only print the pipeline that the job stands for." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("train", "Run a training job: code, a framework and parameters.") { Words, Code, Framework, Preset, Id, Parameters, Combinations, Watch, Detach, Show, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, parsed.GetValue(Show) ? Purpose.Read : Purpose.Stay, cancel);
        if (parsed.GetValue(Detach) && platform.IsEmbedded)
            throw CliException.Usage("CLI-008", "Nobody would carry the run on: no server runs.", "Start 'mlp serve' first, or leave --detach out.");
        JobRequest request = await RequestAsync(parsed, platform.Client, cancel);
        if (parsed.GetValue(Show))
        {
            Print.Json(await platform.Client.PostAsync<JsonElement>("api/v1/jobs/compile", request, cancel));
            return ExitCode.Done;
        }
        JobView job = await platform.Client.PostAsync<JobView>("api/v1/jobs", request, cancel);
        if (job.Revision is { } revision && !parsed.GetValue(Json))
            Console.WriteLine($"Registered as the pipeline {job.Pipeline}, revision {revision}: 'mlp triggers next' tells when it runs.");
        if (parsed.GetValue(Detach) || job.Runs.Count == 0)
        {
            if (parsed.GetValue(Json))
                Print.Json(job);
            else
                job.Runs.ToList().ForEach(r => Console.WriteLine(r.Id));
            return ExitCode.Done;
        }
        int worst = ExitCode.Done;
        foreach (RunView run in job.Runs)
        {
            if (job.Runs.Count > 1 && !parsed.GetValue(Json))
                Console.WriteLine($"Run {run.Id}");
            worst = Math.Max(worst, await RunFollowing.FollowAsync(platform, run.Id, RunFollowing.StyleOf(parsed.GetValue(Json), parsed.GetValue(Watch)), cancel));
        }
        return worst;
    }

    private static async Task<JobRequest> RequestAsync(ParseResult parsed, PlatformClient client, CancellationToken cancel)
    {
        string[] words = parsed.GetValue(Words) ?? [];
        JsonElement parameters = RunCommand.ParametersOf(parsed.GetValue(Parameters) ?? []);
        IReadOnlyList<JsonElement>? combinations = parsed.GetValue(Combinations) is { } list ? ReadList(list) : null;
        if (words is [string file] && file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            if (parsed.GetValue(Code) is not null || parsed.GetValue(Framework) is not null || parsed.GetValue(Preset) is not null)
                throw CliException.Usage("JOB-024", "A job file says its code, framework and preset itself.", "Leave the options out, or the file.");
            return new JobRequest(JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(PipelineFiles.Read(file))), file, Path.GetDirectoryName(Path.GetFullPath(file)), parameters, combinations, Environment.CurrentDirectory);
        }
        if (words.Length == 0 && parsed.GetValue(Preset) is null)
            throw CliException.Usage("JOB-024", "There is nothing to run.", "Give a job file, a command with --code, or a --preset.");
        JsonObject job = [];
        JsonObject? code = parsed.GetValue(Code) is { } place ? await CodeAsync(place, parsed.GetValue(Id), client, cancel) : null;
        job["id"] = parsed.GetValue(Id) ?? NameOf(parsed.GetValue(Code)) ?? parsed.GetValue(Preset) ?? "job";
        foreach ((string name, JsonNode? value) in ((string, JsonNode?)[])[("code", code), ("framework", parsed.GetValue(Framework)), ("preset", parsed.GetValue(Preset))])
        {
            if (value is not null)
                job[name] = value;
        }
        if (words.Length > 0)
            job["command"] = new JsonArray([.. words.Select(w => (JsonNode)w)]);
        // Without a preset nothing else declares them: each is what its text says as JSON, or text.
        JsonObject given = [];
        foreach (JsonProperty parameter in parameters.EnumerateObject())
            given[parameter.Name] = Value(parameter.Value.GetString()!);
        if (parsed.GetValue(Preset) is null)
            (job["parameters"], parameters) = (given, JsonElement.Parse("{}"));
        return new JobRequest(JsonElement.Parse(job.ToJsonString()), null, null, parameters, combinations, Environment.CurrentDirectory);
    }

    private static async Task<JsonObject> CodeAsync(string place, string? name, PlatformClient client, CancellationToken cancel)
    {
        if (Directory.Exists(place) && CodeFiles.IsBareRepository(place))
            return new JsonObject { ["git"] = Path.GetFullPath(place) };
        if (Directory.Exists(place))
        {
            string folder = name ?? NameOf(place)!;
            CodeVersionView made = await client.PostAsync<CodeVersionView>(
                $"api/v1/code/{Uri.EscapeDataString(folder)}/versions", new CodeChange(CodeFiles.Read(place, out _), Replace: true, Note: "mlp train"), cancel);
            return new JsonObject { ["folder"] = made.Name, ["version"] = made.Version };
        }
        if (place.Contains(':', StringComparison.Ordinal) || Path.IsPathRooted(place))
        {
            string[] parts = place.Split('#', 2);
            JsonObject git = new() { ["git"] = parts[0] };
            if (parts.Length == 2)
                git["ref"] = parts[1];
            return git;
        }
        string[] named = place.Split('@', 2);
        JsonObject kept = new() { ["folder"] = named[0] };
        if (named.Length == 2)
            kept["version"] = int.TryParse(named[1], out int version) ? version : throw CliException.Usage("JOB-024", $"'{named[1]}' is no version of a code folder.");
        return kept;
    }

    // The last part of a path or an address, as far as it can be a name.
    private static string? NameOf(string? place)
    {
        if (place is null)
            return null;
        string last = Directory.Exists(place) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(place)))
            : place.Split('#')[0].Split('@')[^1].TrimEnd('/').Split('/', ':')[^1];
        if (!Directory.Exists(place) && place.Contains('@', StringComparison.Ordinal) && !place.Contains(':', StringComparison.Ordinal))
            last = place.Split('@')[0];
        last = last.EndsWith(".git", StringComparison.Ordinal) ? last[..^4] : last;
        return Names.IsPipeline(last) ? last : "job";
    }

    private static List<JsonElement> ReadList(string file)
    {
        try
        {
            JsonElement list = JsonElement.Parse(PipelineFiles.Read(file));
            return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : throw NoList($"it is one {list.ValueKind.ToString().ToLowerInvariant()}");
        }
        catch (JsonException e)
        {
            throw NoList(e.Message);
        }

        CliException NoList(string why) => CliException.Usage("JOB-024", $"'{file}' holds no list of parameters: {why}.", "Write it like [ { \"dim\": 8 }, { \"dim\": 16 } ].");
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
