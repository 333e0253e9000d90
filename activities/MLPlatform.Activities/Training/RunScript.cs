using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;

namespace MLPlatform.Activities.Training;

/// <summary>
/// Runs any command in any language. The script finds its inputs in <c>$MLP_ATTEMPT_DIR/inputs.json</c> and says what
/// came of it in <c>outputs.json</c>, <c>metrics.jsonl</c> and <c>progress.json</c> beside it; samples/python-script is an
/// example.
/// </summary>
[Activity("train.script")]
[Description("Runs a command in any language through the attempt protocol: inputs.json in; outputs.json, metrics.jsonl and progress.json out.")]
public sealed class RunScript : IScriptActivity<RunScript.Inputs>
{
    public sealed record Inputs
    {
        [Description("The program and its arguments, passed as they are, never through a shell.")]
        public required IReadOnlyList<string> Command { get; init; }

        [Description("Code from git or from the platform's code folders. It is laid out in $MLP_ATTEMPT_DIR/code, and the command starts there.")]
        public CodeSource? Source { get; init; }

        [Description("The code that source stands for: filled in by the platform.")]
        public CodeTree? Tree { get; init; }

        [ExternalFiles, Description("Files, folders or globs of code; when their content changes, a cached result no longer counts.")]
        public IReadOnlyList<string> Code { get; init; } = [];

        [ExternalFiles, Description("Where the command starts. Default: the attempt's scratch folder.")]
        public string? WorkingFolder { get; init; }

        [Description("Keep $MLP_CHECKPOINT_DIR between the attempts of a run, so that a retry goes on where the last one was. Default: false.")]
        public bool Checkpoints { get; init; }

        [Description("The container image, where a cluster runs it. Default: the cluster's own.")]
        public string? Image { get; init; }

        [Description("Environment variables to add. On a cluster, \"secret:NAME/KEY\" stands for a key of a Secret.")]
        public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

        [Description("Anything the script wants to know; it reads it in inputs.json under 'parameters'.")]
        public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

        [Description("Artifacts by name. Each is laid out in $MLP_ATTEMPT_DIR/inputs/NAME, and inputs.json tells the path beside the reference.")]
        public IReadOnlyDictionary<string, ArtifactRef?> Artifacts { get; init; } = new Dictionary<string, ArtifactRef?>();
    }

    public ScriptCommand Command(Inputs inputs)
    {
        if (inputs.Command.Count == 0)
            throw MlErrors.Bad("ML-013", "The command is empty: name a program, and its arguments as further strings.");
        if (inputs.Source is null)
            return new ScriptCommand(inputs.Command, inputs.WorkingFolder, inputs.Environment, null, inputs.Checkpoints, Image: inputs.Image);
        if (inputs.WorkingFolder is not null)
            throw MlErrors.Bad("JOB-004", "The command has both a source and a workingFolder. Say where it starts with source.path.");
        return inputs.Tree is { } tree
            ? new ScriptCommand(inputs.Command, null, inputs.Environment, new ScriptCode(tree.Files, inputs.Source.Path ?? ""), inputs.Checkpoints, Image: inputs.Image)
            : throw MlErrors.Bad("JOB-005", "The source was not resolved: only a server can do that.");
    }
}
