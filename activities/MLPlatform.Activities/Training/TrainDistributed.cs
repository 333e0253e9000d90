using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Training;

/// <summary>
/// Runs several processes that train together. What all of them ask for is one request, which is granted whole or not at all, so
/// that no half of a training waits for the other; they start and end as one attempt.
/// </summary>
[Activity("train.distributed")]
[Description("Runs the processes of a distributed training (PyTorch, TensorFlow, any) together: all start or none, each told of the others by environment variables.")]
public sealed class TrainDistributed : IScriptActivity<TrainDistributed.Inputs>, IAsksForResources, IChecksInputs
{
    public sealed record Inputs
    {
        [Description("The roles by name (chief, worker, ps): how many processes of each, and what each asks for. Written out, not as expressions: the plan adds them up.")]
        public required IReadOnlyDictionary<string, RoleDeclaration> Roles { get; init; }

        [Description("The program and its arguments for every role that has no command of its own; passed as they are, never through a shell.")]
        public IReadOnlyList<string> Command { get; init; } = [];

        [Description("Code from git or from the platform's code folders. It is laid out in $MLP_ATTEMPT_DIR/code, and the commands start there.")]
        public CodeSource? Source { get; init; }

        [Description("The code that source stands for: filled in by the platform.")]
        public CodeTree? Tree { get; init; }

        [ExternalFiles, Description("Files, folders or globs of code; when their content changes, a cached result no longer counts.")]
        public IReadOnlyList<string> Code { get; init; } = [];

        [Description("Keep $MLP_CHECKPOINT_DIR between the attempts of a run, so that a retry goes on where the last one was. Default: true.")]
        public bool Checkpoints { get; init; } = true;

        [Description("The container image, where a cluster runs it. Default: the cluster's own.")]
        public string? Image { get; init; }

        [Description("Environment variables to add. On a cluster, \"secret:NAME/KEY\" stands for a key of a Secret.")]
        public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

        [Description("Anything the processes want to know; they read it in inputs.json under 'parameters'.")]
        public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

        [Description("Artifacts by name. Each is laid out in $MLP_ATTEMPT_DIR/inputs/NAME, and inputs.json tells the path beside the reference.")]
        public IReadOnlyDictionary<string, ArtifactRef?> Artifacts { get; init; } = new Dictionary<string, ArtifactRef?>();
    }

    public ScriptCommand Command(Inputs inputs)
    {
        if (inputs.Roles.Count == 0)
            throw MlErrors.Bad("JOB-031", "There are no roles. Name at least one, such as \"worker\": { \"count\": 2 }.");
        foreach ((string role, RoleDeclaration declaration) in inputs.Roles)
        {
            if (!Names.IsActivity(role))
                throw MlErrors.Bad("JOB-031", $"'{role}' is no name of a role: letters, digits and . _ -.");
            if ((declaration.Command ?? inputs.Command).Count == 0)
                throw MlErrors.Bad("ML-013", $"The role {role} has no command: name a program in its command or the activity's.");
        }
        ScriptCode? code = inputs.Source is null ? null
            : inputs.Tree is { } tree ? new ScriptCode(tree.Files, inputs.Source.Path ?? "")
            : throw MlErrors.Bad("JOB-005", "The source was not resolved: only a server can do that.");
        return new ScriptCommand([], null, inputs.Environment, code, inputs.Checkpoints, Roles: true, Image: inputs.Image);
    }

    /// <inheritdoc/>
    public IEnumerable<InputProblem> Check(JsonElement inputs, OutputOf source) =>
        inputs.TryGetProperty("parameters", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object && RunsOurWorkers(inputs)
            ? [.. CheckParameters(parameters, inputs, source).Select(p => p with { Path = "$.parameters" + p.Path[1..] })] : [];

    private static IEnumerable<InputProblem> CheckParameters(JsonElement parameters, JsonElement inputs, OutputOf source)
    {
        // With 'from' the fields are those of that model.
        foreach (InputProblem problem in WrittenDeclaration.Check(parameters, Artifact(inputs, "features") is { } features && Artifact(inputs, "from") is null ? source(features) : null))
            yield return problem;
        if (parameters.TryGetProperty("patience", out JsonElement patience) && patience.ValueKind != JsonValueKind.Null && Artifact(inputs, "validation") is null)
            yield return new InputProblem("ML-006", "$.patience", "'patience' stops by the loss on a validation table, and there is none: give an artifact 'validation', or leave 'patience' out");
    }

    private static JsonElement? Artifact(JsonElement inputs, string name) =>
        inputs.TryGetProperty("artifacts", out JsonElement all) && all.ValueKind == JsonValueKind.Object && all.TryGetProperty(name, out JsonElement artifact)
        && artifact.ValueKind != JsonValueKind.Null ? artifact : null;

    // Whose parameters are anybody's; those of mlp vlps worker we know.
    private static bool RunsOurWorkers(JsonElement inputs) =>
        inputs.TryGetProperty("roles", out JsonElement roles) && roles.ValueKind == JsonValueKind.Object && roles.EnumerateObject().Any(role =>
            role.Value.ValueKind == JsonValueKind.Object && role.Value.TryGetProperty("command", out JsonElement command) && command.ValueKind == JsonValueKind.Array
            && command.EnumerateArray().Select(word => word.ValueKind == JsonValueKind.String ? word.GetString() : null).Skip(1).Take(2).SequenceEqual(["vlps", "worker"]));

    public ResourceRequest Asks(JsonElement inputs, ResourceRequest declared)
    {
        if (!inputs.TryGetProperty("roles", out JsonElement roles) || roles.ValueKind != JsonValueKind.Object)
            throw MlErrors.Bad("JOB-032", "The roles of a distributed training are written out in the file, so that the plan can add up what they ask for.");
        long cpu = 0, memory = 0, gpu = 0;
        foreach (JsonProperty role in roles.EnumerateObject())
        {
            RoleDeclaration each;
            try
            {
                each = role.Value.Deserialize<RoleDeclaration>(ActivityJson.Options)!;
            }
            catch (JsonException e)
            {
                throw MlErrors.Bad("JOB-032", $"What the role {role.Name} asks for cannot be added up: {JsonMistake.Words(e)}. Count, cpu, memory and gpu are written out, not as expressions.", e);
            }
            cpu += each.Count * (long)Math.Ceiling((each.Cpu ?? new Quantity(1)).Value * 1000);
            memory += each.Count * (long)Math.Ceiling(each.Memory?.Value ?? 0);
            gpu += each.Count * (long)Math.Ceiling((each.Gpu?.Value ?? 0) * 1000);
        }
        return declared with { MilliCpu = (int)Math.Min(int.MaxValue, cpu), MemoryBytes = Math.Max(memory, declared.MemoryBytes), MilliGpu = (int)Math.Min(int.MaxValue, gpu) };
    }
}
