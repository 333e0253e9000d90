using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Sweeps;

/// <summary>What is wrong with a sweep beyond the types of its fields.</summary>
public static class SweepRules
{
    /// <summary>Reads a sweep file, or tells all that is wrong with it.</summary>
    public static (SweepFile? File, IReadOnlyList<Diagnostic> Problems) Read(ReadOnlyMemory<byte> utf8, string fileName) =>
        SettingsFile.Read<SweepFile>(utf8, fileName, "a sweep", Check);

    /// <summary>What can be told without the pipeline.</summary>
    public static IEnumerable<SettingsProblem> Check(SweepSettings sweep)
    {
        if (sweep.Pipeline is null == sweep.File is null)
            yield return new("SWEEP-009", [sweep.Pipeline is null ? "id" : "pipeline"], "a sweep runs a registered \"pipeline\" or the \"file\" of one: one of the two");
        if (sweep.Objective.Output is null == sweep.Objective.Metric is null)
            yield return new("SWEEP-001", ["objective"], "an objective is an \"output\" of the pipeline or a \"metric\" of an activity: one of the two");
        if (sweep.Space.Count == 0 == (sweep.Combinations.Count == 0))
            yield return new("SWEEP-002", [sweep.Space.Count == 0 ? "id" : "combinations"], "a sweep searches a \"space\" or tries \"combinations\": one of the two");
        foreach ((string name, Dimension dimension) in sweep.Space)
        {
            if (dimension.Problem() is { } problem)
                yield return new("SWEEP-003", ["space", name], $"\"{name}\" {problem}");
            if (sweep.Parameters.ContainsKey(name))
                yield return new("SWEEP-003", ["space", name], $"\"{name}\" is given in \"parameters\" already", "Leave it out there or here.");
            if (dimension.When is { } when && Unfit(sweep, name, when) is { } unfit)
                yield return new("SWEEP-004", ["space", name, "when"], unfit, Names.Hint(when.Parameter, [.. sweep.Space.Where(d => d.Key != name && d.Value.When is null).Select(d => d.Key)]));
        }
        if (sweep.StopEarly is { Metric: null } && sweep.Objective.Metric is null)
            yield return new("SWEEP-007", ["stopEarly"], "trials are judged by a metric, and the objective is an output", "Name the \"metric\" that the pipeline reports step by step.");
        if (sweep.StopEarly is HyperbandRule { MinSteps: var least, MaxSteps: var most } && least > most)
            yield return new("SWEEP-007", ["stopEarly", "maxSteps"], "maxSteps is below minSteps");
        foreach (SettingsProblem problem in CheckSize(sweep))
            yield return problem;
    }

    /// <summary>What can be told with the pipeline.</summary>
    public static IEnumerable<SettingsProblem> Check(SweepSettings sweep, CompiledPipeline pipeline)
    {
        IReadOnlyCollection<string> parameters = [.. pipeline.File.Parameters.Keys];
        foreach ((IReadOnlyList<object> at, string name) in Given(sweep))
            if (!pipeline.File.Parameters.ContainsKey(name))
                yield return new("SWEEP-005", at, $"the pipeline {pipeline.Id} has no parameter \"{name}\"", Names.Hint(name, parameters));
        if (sweep.Objective.Output is { } output && !pipeline.File.Outputs.ContainsKey(output))
            yield return new("SWEEP-006", ["objective", "output"], $"the pipeline {pipeline.Id} has no output \"{output}\"", Names.Hint(output, [.. pipeline.File.Outputs.Keys]));
        foreach ((string? activity, string where) in ((string?, string)[])[(sweep.Objective.Activity, "objective"), (sweep.StopEarly?.Activity, "stopEarly")])
            if (activity is not null && !pipeline.File.Activities.ContainsKey(activity))
                yield return new("SWEEP-006", [where, "activity"], $"the pipeline {pipeline.Id} has no activity \"{activity}\"", Names.Hint(activity, [.. pipeline.File.Activities.Keys]));
    }

    private static IEnumerable<SettingsProblem> CheckSize(SweepSettings sweep)
    {
        if (sweep.Budget.Time <= TimeSpan.Zero)
            yield return new("SWEEP-008", ["budget", "time"], "a budget of time must be longer than nothing");
        if (sweep.Sampler == SamplerKind.Sobol && sweep.Space.Count > SobolSequence.MostDimensions)
            yield return new("SWEEP-008", ["sampler"], string.Create(CultureInfo.InvariantCulture, $"sobol searches at most {SobolSequence.MostDimensions} parameters, and there are {sweep.Space.Count}"), "Use random or tpe.");
        bool usable = sweep.Space.Values.All(d => d.Problem() is null);
        if (sweep.Sampler == SamplerKind.Grid && usable && sweep.Space.Count > 0 && GridSampler.Count(new SearchSpace(sweep.Space)) is > SweepSettings.MostTrials and var cells)
            yield return new("SWEEP-008", ["space"], string.Create(CultureInfo.InvariantCulture, $"the grid has {cells} combinations, and a sweep tries at most {SweepSettings.MostTrials}"), "Give fewer \"points\", or use sobol.");
    }

    private static string? Unfit(SweepSettings sweep, string name, Condition when) =>
        when.Parameter == name || !sweep.Space.TryGetValue(when.Parameter, out Dimension? other) ? $"\"{when.Parameter}\" is no other parameter of the space"
        : other.When is not null ? $"\"{when.Parameter}\" is not always given itself"
        : other is ChoiceDimension choice && when.In.FirstOrDefault(v => !choice.Values.Any(c => JsonElement.DeepEquals(c, v))) is { ValueKind: not JsonValueKind.Undefined } stray
            ? $"{stray.GetRawText()} is no value of \"{when.Parameter}\""
        : null;

    private static IEnumerable<(IReadOnlyList<object> At, string Name)> Given(SweepSettings sweep)
    {
        foreach (string name in sweep.Parameters.Keys)
            yield return (["parameters", name], name);
        foreach (string name in sweep.Space.Keys)
            yield return (["space", name], name);
        for (int i = 0; i < sweep.Combinations.Count; i++)
            foreach (string name in sweep.Combinations[i].Keys)
                yield return (["combinations", i, name], name);
    }
}
