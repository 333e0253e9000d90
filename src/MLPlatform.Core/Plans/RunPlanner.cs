using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>What a plan is made for.</summary>
public sealed record PlanRequest
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>
    /// The parameters given: an object. A string given for a parameter of another type is read as JSON, so that a command
    /// line can pass text.
    /// </summary>
    public JsonElement Parameters { get; init; } = Empty;

    /// <summary>What starts the run: an object with <c>type</c> and its facts.</summary>
    public JsonElement Trigger { get; init; } = Empty;

    /// <summary>The date the run is about; in scope as <c>trigger.logicalDate</c>.</summary>
    public required DateTimeOffset LogicalDate { get; init; }

    /// <summary>The pipeline file's absolute folder, which relative paths in the file belong to; null where it has none.</summary>
    public string? Folder { get; init; }

    /// <summary>The caller's absolute folder, which relative paths among the given parameters belong to; null where unknown: then they are refused.</summary>
    public string? CallerFolder { get; init; }
}

/// <param name="Plan">Null where there is at least one error.</param>
public sealed record PlanResult(RunPlan? Plan, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Turns a compiled pipeline and parameters into the plan of a run.</summary>
public static class RunPlanner
{
    public static PlanResult Plan(CompiledPipeline pipeline, PlanRequest request)
    {
        List<Diagnostic> problems = [];
        JsonElement parameters = new ParameterBinder(pipeline, request, problems).Bind();
        if (problems.Exists(p => p.Severity == DiagnosticSeverity.Error))
            return new PlanResult(null, problems);
        PipelineFile file = pipeline.File;
        List<PlannedNode> nodes = Nodes(pipeline, request.Folder, problems);
        if (problems.Exists(p => p.Severity == DiagnosticSeverity.Error))
            return new PlanResult(null, problems);
        RunPlan plan = new()
        {
            Pipeline = pipeline.Id,
            PipelineHash = pipeline.Hash,
            Parameters = parameters,
            Basic = JsonSerializer.SerializeToElement(file.Basic, PlanSections.Written),
            Alarms = JsonSerializer.SerializeToElement(file.Alarms, PlanSections.Written),
            Nodes = nodes,
            Outputs = JsonSerializer.SerializeToElement(file.Outputs, PlanSections.Written),
        };
        return new PlanResult(plan, problems);
    }

    private static List<PlannedNode> Nodes(CompiledPipeline pipeline, string? folder, List<Diagnostic> problems)
    {
        List<PlannedNode> nodes = [];
        int[] place = new int[pipeline.Activities.Count]; // Of each activity: waits for other pipelines come between.
        for (int i = 0; i < place.Length; i++)
        {
            CompiledActivity activity = pipeline.Activities[i];
            PlannedNode node = Node(activity, pipeline, folder, problems);
            node = node with { DependsOn = [.. node.DependsOn.Select(d => place[d])] };
            if (UpstreamWait.IsNeeded(activity.Declaration))
            {
                nodes.Add(UpstreamWait.Before(node, activity.Declaration));
                node = UpstreamWait.After(node, nodes.Count - 1);
            }
            place[i] = nodes.Count;
            nodes.Add(node);
        }
        return nodes;
    }

    private static PlannedNode Node(CompiledActivity activity, CompiledPipeline pipeline, string? folder, List<Diagnostic> problems)
    {
        PipelineFile file = pipeline.File;
        ActivityDeclaration declared = activity.Declaration;
        return new PlannedNode
        {
            Name = activity.Name,
            Type = activity.Descriptor.Type,
            Version = activity.Descriptor.Version,
            Placement = activity.Descriptor.Placement,
            Cacheable = activity.Descriptor.Cacheable && Declared(activity),
            DependsOn = activity.DependsOn,
            Join = declared.Join ?? Join.All,
            When = declared.When,
            ForEach = declared.ForEach,
            MaxParallel = declared.MaxParallel,
            Inputs = PlanPaths.Resolve(declared.Inputs ?? PlanSections.EmptyObject, activity.Descriptor.InputsType, folder),
            Resources = Asked(activity, PlanSections.Resources(activity.Descriptor.Placement, file.Resources, declared.Resources), pipeline.FileName, problems),
            Retry = PlanSections.Retry(file.Advanced?.Retry, declared.Advanced?.Retry),
            Timeout = declared.Advanced?.Timeout ?? file.Advanced?.Timeout,
            Cache = declared.Advanced?.Cache ?? file.Advanced?.Cache ?? CacheMode.Auto,
            Alarms = declared.Alarms.Count > 0 ? JsonSerializer.SerializeToElement(declared.Alarms, PlanSections.Written) : null,
        };
    }

    // Of most activities the type says whether a result may be used again; of some, the inputs.
    private static bool Declared(CompiledActivity activity) => !typeof(IMayBeCached).IsAssignableFrom(activity.Descriptor.Implementation)
        || ((IMayBeCached)Activator.CreateInstance(activity.Descriptor.Implementation)!).MayBeCached(activity.Declaration.Inputs ?? PlanSections.EmptyObject);

    // Most activities ask for what their sections declare; some know better from their inputs.
    private static ResourceRequest Asked(CompiledActivity activity, ResourceRequest declared, string file, List<Diagnostic> problems)
    {
        if (!typeof(IAsksForResources).IsAssignableFrom(activity.Descriptor.Implementation))
            return declared;
        try
        {
            return ((IAsksForResources)Activator.CreateInstance(activity.Descriptor.Implementation)!).Asks(activity.Declaration.Inputs ?? PlanSections.EmptyObject, declared);
        }
        catch (ActivityException e)
        {
            problems.Add(new Diagnostic(e.Code, DiagnosticSeverity.Error, e.Message, file, 0, 0, $"$.activities.{activity.Name}.inputs", null));
            return declared;
        }
    }
}
