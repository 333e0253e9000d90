using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Jobs;

/// <summary>Turns a job into the pipeline that it stands for. From there on nothing is special about it.</summary>
public static class JobCompiler
{
    /// <summary>The name of the pipeline's one activity.</summary>
    public const string Activity = "train";

    private static readonly JsonSerializerOptions Written = new(ActivityJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The pipeline as JSON, or all that is wrong.</summary>
    /// <param name="frameworks">Those there are, by name.</param>
    public static (JsonObject? Pipeline, IReadOnlyList<SettingsProblem> Problems) Compile(JobFile job, IReadOnlyDictionary<string, FrameworkFile> frameworks)
    {
        List<SettingsProblem> problems = [];
        FrameworkFile? framework = job.Framework is null ? null : Find(frameworks, job.Framework, "framework", "there is no framework", problems);
        PresetFile? preset = job.Preset is null ? null
            : framework is not null ? Find(framework.Presets, job.Preset, "preset", $"{framework.Name} has no preset", problems)
            : job.Framework is not null ? null // That there is no such framework is told already.
            : Missing("preset", "a preset belongs to a framework, and the job names none", problems);
        string type = framework?.Activity ?? "train.script";
        if (job.Roles is not null && type == "train.script")
            type = "train.distributed";
        bool isScript = type.StartsWith("train.", StringComparison.Ordinal) && type != "train.vlps";
        IReadOnlyList<string> words = [.. framework?.Command ?? [], .. job.Command ?? preset?.Command ?? []];
        if (isScript && problems.Count == 0 && (job.Command ?? preset?.Command ?? []).Count == 0)
            Missing("command", "the job says nowhere what to run", problems, "Give a command, or a preset that has one.");
        if (preset is { NeedsCode: true, Code: null } && job is { Code: null, Command: null })
            Missing("preset", $"the preset {job.Preset} runs {string.Join(' ', preset.Command)} of your code, and the job names no code", problems, "Give \"code\" (a folder or a git address), or --code on the command line.");
        if (!isScript && job.Command is not null)
            Missing("command", $"{framework!.Name} runs {type}, which takes no command", problems);
        if (!isScript && (job.Roles is not null || job.Checkpoints is not null))
            Missing(job.Roles is not null ? "roles" : "checkpoints", $"{framework!.Name} runs {type}, which has none", problems);
        JsonObject parameters = Parameters(job, preset, problems);
        if (problems.Count > 0)
            return (null, problems);

        // An object may be an artifact, as inputs of other types want it: in brackets it is whatever its value turns out to be.
        JsonObject given = new(parameters.Select(p => KeyValuePair.Create<string, JsonNode?>(
            p.Key, !isScript && (string?)p.Value!["type"] == "object" ? $"${{{{ [parameters.{p.Key}][0] }}}}" : $"${{{{ parameters.{p.Key} }}}}")));
        JsonObject inputs = isScript ? new JsonObject { ["command"] = Node(words), ["parameters"] = given } : given;
        if (job.Roles is not null)
            inputs["roles"] = Node(job.Roles.ToDictionary(r => r.Key, r => r.Value with { Command = r.Value.Command is { } own ? [.. framework?.Command ?? [], .. own] : null }));
        if (job.Checkpoints is { } checkpoints)
            inputs["checkpoints"] = checkpoints;
        if (isScript && (job.Code ?? preset?.Code) is { } code)
            inputs["source"] = Node(code);
        if (isScript && framework?.Image is { Length: > 0 } image)
            inputs["image"] = image;
        Dictionary<string, string> environment = new(framework?.Environment ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string name, string value) in job.Environment)
            environment[name] = value;
        if (isScript && environment.Count > 0)
            inputs["environment"] = Node(environment);

        JsonObject pipeline = new() { ["id"] = job.Id };
        JsonObject basic = Node(job.Basic ?? new BasicSection())!.AsObject();
        JsonObject labels = basic["labels"]?.DeepClone().AsObject() ?? [];
        foreach ((string name, string? value) in ((string, string?)[])[("job.framework", framework?.Name), ("job.frameworkVersion", framework?.Version?.ToString(CultureInfo.InvariantCulture)), ("job.preset", job.Preset)])
        {
            if (value is not null)
                labels.TryAdd(name, value);
        }
        basic["labels"] = labels;
        pipeline["basic"] = basic;
        pipeline["parameters"] = parameters;
        foreach ((string section, JsonNode? value) in ((string, JsonNode?)[])[("resources", Node(job.Resources)), ("schedule", Node(job.Schedule)), ("advanced", Node(job.Advanced))])
        {
            if (value is not null)
                pipeline[section] = value;
        }
        if (job.Alarms.Count > 0)
            pipeline["alarms"] = Node(job.Alarms);
        pipeline["activities"] = new JsonObject { [Activity] = new JsonObject { ["type"] = type, ["inputs"] = inputs } };
        return (pipeline, []);
    }

    /// <summary>Declarations: those of the preset with the job's values as defaults, or what the values themselves say.</summary>
    private static JsonObject Parameters(JobFile job, PresetFile? preset, List<SettingsProblem> problems)
    {
        JsonObject declared = [];
        foreach ((string name, ParameterDeclaration declaration) in preset?.Parameters ?? new Dictionary<string, ParameterDeclaration>())
            declared[name] = Node(job.Parameters.TryGetValue(name, out JsonElement value) ? declaration with { Default = value } : declaration);
        foreach ((string name, JsonElement value) in job.Parameters)
        {
            if (preset is not null)
            {
                if (!preset.Parameters.ContainsKey(name))
                    problems.Add(new SettingsProblem("JOB-021", ["parameters", name], $"the preset {job.Preset} has no parameter \"{name}\"", Names.Hint(name, [.. preset.Parameters.Keys])));
                continue;
            }
            declared[name] = new JsonObject { ["type"] = TypeOf(value), ["default"] = JsonNode.Parse(value.GetRawText()) };
        }
        return declared;
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "object",
        _ => "string",
    };

    private static T? Find<T>(IReadOnlyDictionary<string, T> all, string name, string field, string message, List<SettingsProblem> problems)
        where T : class
    {
        if (all.TryGetValue(name, out T? found))
            return found;
        problems.Add(new SettingsProblem("JOB-020", [field], $"{message} \"{name}\"", Names.Hint(name, [.. all.Keys])));
        return null;
    }

    private static PresetFile? Missing(string field, string message, List<SettingsProblem> problems, string? hint = null)
    {
        problems.Add(new SettingsProblem("JOB-022", [field], message, hint));
        return null;
    }

    private static JsonNode? Node<T>(T value) => value is null ? null : JsonSerializer.SerializeToNode(value, Written);
}
