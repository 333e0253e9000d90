using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Core.Pipelines;

/// <summary>A pipeline as its file declares it. The JSON Schema of pipeline files is made from these records.</summary>
[Description("A pipeline: activities, what starts them, and what they ask for.")]
public sealed record PipelineFile
{
    [JsonPropertyName("$schema"), Description("Where the JSON Schema is, for editors.")]
    public string? Schema { get; init; }

    [Description("The pipeline's name everywhere: in addresses, triggers and other pipelines."), RegularExpression(Names.PipelinePattern, ErrorMessage = Names.PipelineRule)]
    public required string Id { get; init; }

    [Description("Who the pipeline belongs to and what it is for.")]
    public BasicSection Basic { get; init; } = new();

    [Description("What a run may be given, by name.")]
    public IReadOnlyDictionary<string, ParameterDeclaration> Parameters { get; init; } = new Dictionary<string, ParameterDeclaration>();

    [Description("What every activity asks for, unless it says otherwise.")]
    public ResourcesSection? Resources { get; init; }

    [Description("What starts runs, and what they wait for.")]
    public PipelineSchedule Schedule { get; init; } = PipelineSchedule.Empty;

    [Description("Who is told about what.")]
    public IReadOnlyList<AlarmRule> Alarms { get; init; } = [];

    [Description("Retries, timeouts and caching of every activity, unless it says otherwise.")]
    public AdvancedSection? Advanced { get; init; }

    [Description("The nodes of the pipeline, by name.")]
    public required IReadOnlyDictionary<string, ActivityDeclaration> Activities { get; init; }

    [Description("What the run gives, by name: values that may hold expressions.")]
    public IReadOnlyDictionary<string, JsonElement> Outputs { get; init; } = new Dictionary<string, JsonElement>();

    [Description("The Elsa workflow definition that the file was made from, kept for the way back; nothing runs by it.")]
    public JsonElement? Elsa { get; init; }

    /// <summary>The schedule with all that the run or one of its activities waits for.</summary>
    public PipelineSchedule WithActivityDependencies() => Schedule with
    {
        DependsOn = [.. Schedule.DependsOn, .. Activities.Values.SelectMany(a => a.Schedule?.DependsOn ?? [])],
    };
}

public sealed record BasicSection
{
    [Description("A title for people.")]
    public string? Name { get; init; }

    public string? Description { get; init; }

    [Description("The person or team that answers for it.")]
    public string? Owner { get; init; }

    [Description("The group whose quota it uses.")]
    public string? Group { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>One activity of a pipeline file.</summary>
public sealed record ActivityDeclaration
{
    [Description("The activity type, such as data.clean.")]
    public required string Type { get; init; }

    public string? Description { get; init; }

    [Description("The activity's inputs by name; any value may be a ${{ }} expression.")]
    public JsonElement? Inputs { get; init; }

    [Description("Activities that must end first although nothing of theirs is referred to.")]
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    [Description("A condition as one ${{ }} expression, looked at once before any fan-out; false skips the activity.")]
    public string? When { get; init; }

    [Description("A list, or a ${{ }} expression that gives one: the activity runs once for each item, which is in scope as item and index.")]
    public JsonElement? ForEach { get; init; }

    [Description("How many forEach instances may run at once; no bound where left out."), Range(1, 100_000)]
    public int? MaxParallel { get; init; }

    [Description("When the activity may start: all it depends on succeeded (default), any did, or all have ended.")]
    public Plans.Join? Join { get; init; }

    public ResourcesSection? Resources { get; init; }

    [Description("Runs of other pipelines that this activity alone waits for.")]
    public ActivitySchedule? Schedule { get; init; }

    [Description("Who is told about what of this activity.")]
    public IReadOnlyList<AlarmRule> Alarms { get; init; } = [];

    public AdvancedSection? Advanced { get; init; }
}

/// <summary>What one activity waits for beyond its own pipeline.</summary>
public sealed record ActivitySchedule
{
    public IReadOnlyList<ScheduleDependency> DependsOn { get; init; } = [];
}

/// <summary>What an attempt asks for.</summary>
public sealed record ResourcesSection
{
    [Description("The pool of machines to run in.")]
    public string? Pool { get; init; }

    [Description("Higher goes first.")]
    public Priority? Priority { get; init; }

    [Description("Cores: 2, 0.5 or \"500m\".")]
    public Quantity? Cpu { get; init; }

    [Description("Memory: \"512Mi\", \"8Gi\", or bytes.")]
    public Quantity? Memory { get; init; }

    [Description("GPUs: 1, or a share such as \"500m\".")]
    public Quantity? Gpu { get; init; }

    [Description("Models of GPU that will do, such as A100; any where left out.")]
    public IReadOnlyList<string>? GpuModels { get; init; }

    [Description("Labels that the machine must have, by name.")]
    public IReadOnlyDictionary<string, string>? Nodes { get; init; }

    [Description("Whether it may have to give its place to other work when quotas are asked back; default true. It then waits again, and no retry is used up.")]
    public bool? Preemptible { get; init; }
}

public enum Priority
{
    Low,
    Normal,
    High,
}

/// <summary>Retries, timeouts and caching.</summary>
public sealed record AdvancedSection
{
    public RetrySection? Retry { get; init; }

    [Description("Longest time one attempt may run, as an ISO 8601 duration.")]
    public TimeSpan? Timeout { get; init; }

    [Description("Whether an earlier result may be used: auto (default), off, or refresh to replace it.")]
    public Plans.CacheMode? Cache { get; init; }
}

/// <summary>What of <see cref="Plans.RetryPolicy"/> a file changes.</summary>
public sealed record RetrySection
{
    [Description("Tries in all for failures of the code, timeouts and lack of resources; 1 (default) means no retry. Mistakes in the inputs of a built-in activity, which would fail in the same way, are not tried again."), Range(1, 100)]
    public int? MaxAttempts { get; init; }

    [Description("Tries in all for failures of the infrastructure; default 5."), Range(1, 1000)]
    public int? MaxInfrastructureAttempts { get; init; }

    public Plans.Backoff? Backoff { get; init; }

    [Description("Pause before the second try, as an ISO 8601 duration; default PT10S.")]
    public TimeSpan? InitialDelay { get; init; }

    [Description("Longest pause, as an ISO 8601 duration; default PT5M.")]
    public TimeSpan? MaxDelay { get; init; }

    [Description("Spreads pauses over half to one and a half times their length; default true.")]
    public bool? Jitter { get; init; }
}

/// <summary>Something that may be given to a run.</summary>
public sealed record ParameterDeclaration
{
    public required ParameterType Type { get; init; }

    [Description("For strings. path: a file, folder or glob. A relative one given to a run belongs to the caller's folder, a relative default to the pipeline file's; a run sees the absolute path.")]
    public ParameterFormat? Format { get; init; }

    public string? Description { get; init; }

    [Description("The value where none is given; may be a ${{ }} expression over trigger and run.")]
    public JsonElement? Default { get; init; }

    [Description("Whether it must be given; true where there is no default.")]
    public bool? Required { get; init; }

    [Description("The smallest value allowed, for numbers and dates.")]
    public JsonElement? Minimum { get; init; }

    [Description("The largest value allowed, for numbers and dates.")]
    public JsonElement? Maximum { get; init; }

    [JsonPropertyName("enum"), Description("The values allowed.")]
    public IReadOnlyList<JsonElement>? Values { get; init; }

    [JsonIgnore]
    public bool MustBeGiven => Default is null && (Required ?? true);
}

#pragma warning disable CA1720 // JSON's own words for its types
/// <summary>What a string parameter stands for.</summary>
public enum ParameterFormat
{
    Path,
}

public enum ParameterType
{
    String,
    Integer,
    Number,
    Boolean,

    /// <summary>A day: <c>2025-03-01</c>.</summary>
    Date,

    /// <summary>An instant with its offset: <c>2025-03-01T06:00:00Z</c>.</summary>
    DateTime,
    List,
    Object,
}
#pragma warning restore CA1720
