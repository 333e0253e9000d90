using System.Collections.Concurrent;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Binding;

namespace MLPlatform.Engine.Runs;

/// <summary>Makes the order for an attempt that runs outside the server.</summary>
internal static class AttemptOrders
{
    private static readonly ConcurrentDictionary<Type, IScriptCall> Calls = new();

    /// <param name="holds">What it was admitted with; null where it asks for nothing.</param>
    /// <param name="pool">The pool that took it; null where none is declared, so that it is as the plan says.</param>
    /// <exception cref="ActivityException">The inputs do not fit the activity, or the server does not know its type.</exception>
    public static AttemptOrder Of(ActiveRun run, NodeState node, int number, BoundNode bound, ActivityCatalog catalog, Allocation? holds, string? pool)
    {
        ActivityDescriptor descriptor = catalog.Find(node.Planned.Type)
            ?? throw new ActivityException("ENG-005", $"this server has no activity type '{node.Planned.Type}'");
        return new AttemptOrder
        {
            Id = new AttemptId(run.State.Id, node.Index, number),
            Pipeline = run.State.Plan.Pipeline,
            Activity = node.Name,
            Type = node.Planned.Type,
            Placement = node.Planned.Placement,
            LogicalDate = run.Row.LogicalDate,
            Inputs = bound.Inputs,
            Command = descriptor.Placement == ActivityPlacement.Script ? CommandOf(descriptor, bound.Inputs) : null,
            Checkpoints = descriptor.Checkpoints,
            Resources = pool is null ? node.Planned.Resources : node.Planned.Resources with { Pool = pool },
            Group = Named(run.State.Plan.Basic, "group"),
            Owner = Named(run.State.Plan.Basic, "owner"),
            Timeout = node.Planned.Timeout,
            Devices = holds?.Devices ?? [],
        };
    }

    private static string? Named(JsonElement basic, string name) =>
        basic.ValueKind == JsonValueKind.Object && basic.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ScriptCommand CommandOf(ActivityDescriptor descriptor, JsonElement inputs)
    {
        IScriptCall call = Calls.GetOrAdd(descriptor.InputsType,
            static type => (IScriptCall)Activator.CreateInstance(typeof(ScriptCall<>).MakeGenericType(type))!);
        try
        {
            return call.Command(Activator.CreateInstance(descriptor.Implementation)!, inputs);
        }
        catch (JsonException error)
        {
            throw new ActivityException("ENG-007", $"the inputs do not fit {descriptor.Type}: {error.Message}", FailureKind.User, error);
        }
    }

    private interface IScriptCall
    {
        ScriptCommand Command(object activity, JsonElement inputs);
    }

    private sealed class ScriptCall<TInputs> : IScriptCall
        where TInputs : notnull
    {
        public ScriptCommand Command(object activity, JsonElement inputs) =>
            ((IScriptActivity<TInputs>)activity).Command(
                inputs.Deserialize<TInputs>(ActivityJson.Options) ?? throw new JsonException("inputs are null"));
    }
}
