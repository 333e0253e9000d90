using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Workspaces;

/// <summary>
/// Executes a notebook from its first cell to its last in a kernel of its own. Parameters become a cell after the one tagged
/// <c>parameters</c>; what cells display as scraps becomes values.
/// </summary>
[Activity("notebook.run")]
[Description("Executes a Jupyter notebook with parameters; gives the notebook as it ran, the same as HTML, and the values that it displayed.")]
public sealed class RunNotebook : IScriptActivity<RunNotebook.Inputs>, IMayBeCached
{
    private static readonly Lazy<string> Program = new(() =>
    {
        using Stream resource = typeof(RunNotebook).Assembly.GetManifestResourceStream("workspaces/run_notebook.py")!;
        using StreamReader reader = new(resource);
        return reader.ReadToEnd();
    });

    public sealed record Inputs
    {
        [ExternalFiles, Description("The notebook's file. It runs in the attempt's scratch folder, and the file is left as it is.")]
        public required string Notebook { get; init; }

        [Description("Variables to set, by name: numbers, texts, booleans, lists, objects or null.")]
        public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

        [Description("Artifacts by name. Each is laid out in $MLP_ATTEMPT_DIR/inputs/NAME.")]
        public IReadOnlyDictionary<string, ArtifactRef?> Artifacts { get; init; } = new Dictionary<string, ArtifactRef?>();

        [ExternalFiles, Description("Files, folders or globs of code that the notebook imports; when their content changes, a cached result no longer counts.")]
        public IReadOnlyList<string> Code { get; init; } = [];

        [Description("How long one cell may take. Default: no bound but the activity's timeout.")]
        public TimeSpan? CellTimeout { get; init; }

        [Description("The kernel's name. Default: python3.")]
        public string Kernel { get; init; } = "python3";

        [Description("The interpreter that has nbclient and nbconvert. Default: /usr/bin/python3.")]
        public string Python { get; init; } = "/usr/bin/python3";

        [Description("Environment variables to add.")]
        public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

        [Description("Whether equal inputs give equal results, so that an earlier one may be used. Default: false, since notebooks read what they like.")]
        public bool Cacheable { get; init; }
    }

    public ScriptCommand Command(Inputs inputs) => new(
        [inputs.Python, "-c", Program.Value], null,
        // The debugger that every kernel brings complains about frozen modules, once a kernel, in four lines.
        new Dictionary<string, string>(inputs.Environment) { ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1" });

    public bool MayBeCached(JsonElement inputs) => inputs.TryGetProperty("cacheable", out JsonElement said) && said.ValueKind == JsonValueKind.True;
}
