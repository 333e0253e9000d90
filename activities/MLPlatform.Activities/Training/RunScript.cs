using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

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

        [ExternalFiles, Description("Files, folders or globs of code; when their content changes, a cached result no longer counts.")]
        public IReadOnlyList<string> Code { get; init; } = [];

        [ExternalFiles, Description("Where the command starts. Default: the attempt's scratch folder.")]
        public string? WorkingFolder { get; init; }

        [Description("Environment variables to add.")]
        public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

        [Description("Anything the script wants to know; it reads it in inputs.json under 'parameters'.")]
        public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

        [Description("Artifacts by name. Each is laid out in $MLP_ATTEMPT_DIR/inputs/NAME, and inputs.json tells the path beside the reference.")]
        public IReadOnlyDictionary<string, ArtifactRef?> Artifacts { get; init; } = new Dictionary<string, ArtifactRef?>();
    }

    public ScriptCommand Command(Inputs inputs) => inputs.Command.Count > 0
        ? new ScriptCommand(inputs.Command, inputs.WorkingFolder, inputs.Environment)
        : throw MlErrors.Bad("ML-013", "The command is empty: name a program, and its arguments as further strings.");
}
