using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Code;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Core.Jobs;

/// <summary>A training job as its file declares it: a pipeline of one activity, in the five sections that people fill in.</summary>
[Description("A training job: its code, its command and parameters, and the five sections of a pipeline.")]
public sealed record JobFile
{
    [JsonPropertyName("$schema"), Description("Where the JSON Schema is, for editors.")]
    public string? Schema { get; init; }

    [Description("The job's name everywhere; its pipeline has the same."), RegularExpression(Names.PipelinePattern, ErrorMessage = Names.PipelineRule)]
    public required string Id { get; init; }

    public BasicSection? Basic { get; init; }

    public ResourcesSection? Resources { get; init; }

    [Description("What starts runs. A job with triggers is registered; any other runs at once.")]
    public PipelineSchedule? Schedule { get; init; }

    public IReadOnlyList<AlarmRule> Alarms { get; init; } = [];

    public AdvancedSection? Advanced { get; init; }

    [Description("Where the code comes from.")]
    public CodeSource? Code { get; init; }

    [Description("The environment it runs in, as 'mlp frameworks list' shows them: torch-1.13; of one that is registered perhaps a version: torch-2.1@3.")]
    public string? Framework { get; init; }

    [Description("A preset of the framework: its command, its code and its parameters.")]
    public string? Preset { get; init; }

    [Description("What to run, after the framework's own words: [\"train.py\", \"--epochs\", \"3\"]. Default: the preset's.")]
    public IReadOnlyList<string>? Command { get; init; }

    [Description("For distributed training: how many processes of each role, and what each asks for.")]
    public IReadOnlyDictionary<string, RoleDeclaration>? Roles { get; init; }

    [Description("Whether $MLP_CHECKPOINT_DIR is kept between the attempts of a run. Default: true where there are roles.")]
    public bool? Checkpoints { get; init; }

    [Description("Parameters by name, as the preset declares them; without a preset, any.")]
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

    [Description("Environment variables to add.")]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>A named, versioned environment that training runs in.</summary>
[Description("A framework: an image for clusters, a command's first words for one machine, and presets.")]
public sealed record FrameworkFile
{
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [Description("Its name with its version: torch-1.13."), RegularExpression(Names.PipelinePattern, ErrorMessage = Names.PipelineRule)]
    public required string Name { get; init; }

    public string? Description { get; init; }

    [Description("The person or team that answers for it.")]
    public string? Owner { get; init; }

    [Description("The container image, for executors that start containers.")]
    public string? Image { get; init; }

    [Description("The first words of every command on one machine: [\"/usr/bin/python3\"].")]
    public IReadOnlyList<string> Command { get; init; } = [];

    [Description("The activity type it trains with. Default: train.script; for another, the parameters are its inputs.")]
    public string Activity { get; init; } = "train.script";

    [Description("Environment variables of every job.")]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The version that it is registered as; null where it ships or is a file of the server's.</summary>
    [JsonIgnore]
    public int? Version { get; init; }

    [Description("Presets by name.")]
    public IReadOnlyDictionary<string, PresetFile> Presets { get; init; } = new Dictionary<string, PresetFile>();
}

/// <summary>A job that is ready but for a few fields.</summary>
public sealed record PresetFile
{
    public string? Description { get; init; }

    [Description("The person or team that answers for it.")]
    public string? Owner { get; init; }

    public CodeSource? Code { get; init; }

    [Description("Whether its command runs code that the job has to name. Default: false.")]
    public bool NeedsCode { get; init; }

    [Description("What to run, after the framework's own words.")]
    public IReadOnlyList<string> Command { get; init; } = [];

    [Description("What people may fill in, with types, bounds and defaults.")]
    public IReadOnlyDictionary<string, ParameterDeclaration> Parameters { get; init; } = new Dictionary<string, ParameterDeclaration>();
}
