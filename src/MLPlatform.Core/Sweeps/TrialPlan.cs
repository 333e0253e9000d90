using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Sweeps;

/// <summary>Plans the run of a trial.</summary>
public static class TrialPlan
{
    /// <summary>What starts the run of a trial, as the run tells it.</summary>
    public static string Trigger(Sweep sweep, int trial) => JsonSerializer.Serialize(
        new { type = "sweep", sweep = sweep.Id.Value, name = sweep.Name, trial, by = sweep.By }, JsonSerializerOptions.Web);

    /// <summary>The parameters of all trials and those of this one.</summary>
    public static JsonElement Parameters(SweepSettings settings, IReadOnlyDictionary<string, JsonElement> trial)
    {
        Dictionary<string, JsonElement> all = new(settings.Parameters, StringComparer.Ordinal);
        foreach ((string name, JsonElement value) in trial)
            all[name] = value;
        return JsonSerializer.SerializeToElement(all);
    }

    public static PlanResult Of(CompiledPipeline pipeline, Sweep sweep, IReadOnlyDictionary<string, JsonElement> trial, int number) => RunPlanner.Plan(pipeline, new PlanRequest
    {
        Parameters = Parameters(sweep.Settings, trial),
        Trigger = JsonElement.Parse(Trigger(sweep, number)),
        LogicalDate = sweep.CreatedAt,
        Folder = sweep.Folder,
        CallerFolder = sweep.CallerFolder,
    });
}
