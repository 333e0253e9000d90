using System.ComponentModel;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Workspaces;

namespace MLPlatform.Activities.Workspaces;

/// <summary>The notebook server of a workspace. It runs until it is stopped; the workspace's own files say how it is reached.</summary>
[Activity(SessionPlan.Type, Cacheable = false)]
[Description("Runs the notebook server of a workspace. Workspaces start it ('mlp workspaces create'); by itself it is of no use.")]
public sealed class NotebookSession : IScriptActivity<NotebookSession.Inputs>
{
    public sealed record Inputs
    {
        [Description("The Python interpreter that has Jupyter.")]
        public required string Python { get; init; }

        [Description("The program that makes the environment ready and becomes the notebook server.")]
        public required string Launcher { get; init; }

        [Description("The workspace's folder.")]
        public required string Folder { get; init; }
    }

    public ScriptCommand Command(Inputs inputs) => inputs is { Python.Length: > 0, Launcher.Length: > 0 } && Path.IsPathRooted(inputs.Folder)
        ? new ScriptCommand([inputs.Python, inputs.Launcher], inputs.Folder, new Dictionary<string, string>())
        : throw MlErrors.Bad("WORK-001", "A notebook session is started by its workspace, which fills its inputs in. Use 'mlp workspaces create'.");
}
