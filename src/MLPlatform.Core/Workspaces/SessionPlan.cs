using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Workspaces;

/// <summary>The plan of a session: an ordinary pipeline of one activity, so that it is admitted, limited, measured and kept like every other.</summary>
public static class SessionPlan
{
    /// <summary>The activity's name in the plan.</summary>
    public const string Activity = "notebook";

    /// <summary>The activity's type.</summary>
    public const string Type = "workspace.notebook";

    /// <summary>The pipeline that sessions are runs of.</summary>
    public static string PipelineOf(Workspace workspace) => $"workspace-{workspace.Name}";

    public static string Trigger(Workspace workspace, string by) =>
        JsonSerializer.Serialize(new { type = "workspace", workspace = workspace.Id.Value, name = workspace.Name, by }, JsonSerializerOptions.Web);

    /// <summary>The plan, or what is wrong with the workspace's settings.</summary>
    public static (RunPlan? Plan, IReadOnlyList<Diagnostic> Problems) Of(Workspace workspace, SessionOrder order, ActivityCatalog catalog, DateTimeOffset now)
    {
        WorkspaceSettings s = workspace.Settings;
        JsonObject resources = new() { ["cpu"] = s.Cpu };
        foreach ((string name, string? value) in new[] { ("pool", s.Pool), ("memory", s.Memory), ("gpu", s.Gpu) })
            if (value is not null)
                resources[name] = value;
        JsonObject basic = new() { ["name"] = $"Workspace {workspace.Name}", ["owner"] = workspace.Owner };
        if (workspace.Group.Length > 0)
            basic["group"] = workspace.Group;
        JsonObject pipeline = new()
        {
            ["id"] = PipelineOf(workspace),
            ["basic"] = basic,
            ["resources"] = resources,
            // A lost session is not started again behind its owner's back: its kernels' memory is gone.
            ["advanced"] = new JsonObject { ["cache"] = "off", ["retry"] = new JsonObject { ["maxAttempts"] = 1 } },
            ["activities"] = new JsonObject
            {
                [Activity] = new JsonObject
                {
                    ["type"] = Type,
                    ["inputs"] = new JsonObject { ["python"] = order.Python, ["launcher"] = order.Launcher, ["folder"] = order.Folder },
                },
            },
        };
        CompileResult compiled = PipelineCompiler.Compile(Encoding.UTF8.GetBytes(pipeline.ToJsonString()), $"workspace {workspace.Name}", catalog);
        if (compiled.Pipeline is not { } sound)
            return (null, compiled.Diagnostics);
        PlanResult planned = RunPlanner.Plan(sound, new PlanRequest
        {
            Parameters = JsonElement.Parse("{}"),
            Trigger = JsonElement.Parse(Trigger(workspace, workspace.Owner)),
            LogicalDate = now,
        });
        return (planned.Plan, planned.Diagnostics);
    }
}
